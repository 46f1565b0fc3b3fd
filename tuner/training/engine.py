"""The compiled epoch: train and validate a Keras model, a whole epoch in one call."""



