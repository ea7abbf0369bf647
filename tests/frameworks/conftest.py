from emulator.fixtures import emulator

__all__ = ["emulator"]
