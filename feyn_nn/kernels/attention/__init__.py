"""Numbers of attention: cumulants of the value metric M = A Σ_V Aᵀ over the scores that the weights A are made of."""
