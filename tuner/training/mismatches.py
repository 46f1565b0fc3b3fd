"""Tell where a model of the user's own does not look made for the data, which Keras would train all the same."""



