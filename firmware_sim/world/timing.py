"""How far apart people's acts are, so that devices and agent can tell them apart."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Thresholds of the agent, and the pauses people keep; wall seconds, whatever the tempo.

    The defaults go with agents configured for tempo 60 (`charge_on_s` 0.5, `charge_off_s` 2,
    `draw_gap_s` 0.5, charger polled every 0.25 s).
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
    doors_s: float = 60.0
    """A station opens when its devices are first asked, or after this time in any case."""
    first_look_s: float = 2.5
    """From the first question until everything was looked at once."""

    @classmethod
    def at(cls, tempo: float) -> "Timing":
        """For agents whose thresholds shrink with the tempo, down to what polling tells apart."""
        return cls(
            charge_on_s=max(30 / tempo, 0.5),
            charge_off_s=max(120 / tempo, 2.0),
            draw_gap_s=max(5 / tempo, 0.5),
        )

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
