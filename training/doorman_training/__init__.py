"""Trains a face encoder from scratch on aligned faces by identity; started by `doorman train-encoder`."""
