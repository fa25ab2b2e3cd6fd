"""What the program is compared with: the same three requests in Django REST framework.

Written as a Django developer would who knows the trade: models over the same tables,
ModelSerializer, prefetched relations, an authentication and a permission class, cursor pagination,
one transaction around a write. It runs in an environment of its own (requirements.txt), never in
the program's.
"""
