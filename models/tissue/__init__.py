"""The tissue before treatment: laid, settled, its births and arrivals solved."""
