"""Where pictures, formulas and numbers meet: the atlas."""
