"""Random numbers that depend only on the seed, not on the version of Python: all come from `random.Random.random`."""

import math
import random


class Dice:
    def __init__(self, *seed):
        self.random = random.Random(" ".join(map(str, seed))).random

    def chance(self, share):
        return self.random() < share

    def number(self, low, high):
        return low + (high - low) * self.random()

    def scaled(self, low, high):
        """Draw log-uniformly between two positive numbers."""
        return math.exp(self.number(math.log(low), math.log(high)))

    def whole(self, low, high):
        return low + int((high - low + 1) * self.random())

    def one(self, choices):
        choices = list(choices)
        return choices[self.whole(0, len(choices) - 1)]

    def some(self, choices, share):
        """Take each of the choices with this probability, in random order."""
        return self.shuffled([choice for choice in choices if self.chance(share)])

    def shuffled(self, choices):
        return [choice for _, choice in sorted(((self.random(), n), choice) for n, choice in enumerate(choices))]

    def vector(self, size, count=3):
        return [self.number(-size, size) for _ in range(count)]

    def normal(self):
        return math.sqrt(-2 * math.log(1 - self.random())) * math.cos(2 * math.pi * self.random())
