"""Where pictures, formulas and numbers meet: the atlas, and the page of a validation."""
