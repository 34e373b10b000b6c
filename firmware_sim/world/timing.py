"""How far apart people's acts are, so that devices and agent can tell them apart."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Thresholds of the agent, and the pauses people keep; wall seconds, whatever the tempo.

    The defaults go with agents configured for tempo 60 (`charge_on_s` 0.5, `charge_off_s` 2,
    `draw_gap_s` 0.5, charger polled every 0.25 s). At a tempo of 1 the thresholds of an agent
    as delivered apply, see `as_delivered`.
    """

    charge_on_s: float = 0.5
    charge_off_s: float = 2.0
    draw_gap_s: float = 0.5
    draw_min_ml: int = 20
    light_s: float = 3.0
    unlock_s: float = 5.0
    relock_s: float = 21.0
    rack_rest_s: float = 3.0
    button_rest_s: float = 2.0
    scan_rest_s: float = 1.5

    @classmethod
    def as_delivered(cls) -> "Timing":
        """The agent's own defaults."""
        return cls(charge_on_s=30.0, charge_off_s=120.0, draw_gap_s=5.0)

    @property
    def charge_min_s(self) -> float:
        """A charge shorter than this might not be seen as one."""
        return 2 * self.charge_on_s + 3.0

    @property
    def socket_rest_s(self) -> float:
        """A socket stays free this long between two chargers."""
        return 2 * self.charge_off_s + 4.0

    @property
    def draw_rest_s(self) -> float:
        """A tap stays closed this long between two draws."""
        return 3 * self.draw_gap_s + 0.5

    @property
    def settle_s(self) -> float:
        """After the last act, until the agent has seen that all is over."""
        return max(self.charge_off_s, self.draw_gap_s, self.rack_rest_s) + 1.5
