from django.apps import AppConfig


class TeachingConfig(AppConfig):
    name = "amends.teaching"
