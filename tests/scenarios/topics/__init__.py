"""One module for each file of scenarios; each has a function `scenarios`."""
