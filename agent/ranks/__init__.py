"""One run in several processes, started by torchrun: who is there, and what they tell each other.

ranks.py (a process by itself)  together.py (one of several)  joining.py (how they meet)  place.py (what torchrun says)
gradients.py (summed)  chance.py (the randomness of each)  board.py (messages between processes that work apart)
"""
