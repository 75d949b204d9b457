"""How often a GO is wrong when the truth stands exactly at a boundary: a designed plan, its simulator, and its figures."""
