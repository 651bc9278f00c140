def leaf_paths: paths(scalars);
