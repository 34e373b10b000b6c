from collections import Counter

from sqlalchemy import Engine, func, select, update

from protocol.ids import is_id
from server.services.seed import seed_demo
from server.storage.engine import reading, writing
from server.storage.tables import Device, Region, Station

NOW = 1_795_000_000_000


def seed(engine: Engine) -> int:
    with writing(engine).begin() as session:
        return seed_demo(session, lambda: NOW)


def test_the_county_has_the_shape_of_its_article(engine: Engine) -> None:
    assert seed(engine) == 1 + 4 + 24 + 107 + 24 + 24 * 8
    with reading(engine)() as session:
        levels = Counter(session.scalars(select(Region.level)))
        assert levels == {"county": 1, "street": 4, "community": 24, "compound": 107}
        streets = select(Region.name).where(Region.level == "street").order_by(Region.position)
        assert list(session.scalars(streets)) == ["北城街道", "南城街道", "园艺街道", "东城街道"]
        real = select(Region.name).where(Region.demo.is_(False), Region.level == "community")
        assert list(session.scalars(real)) == ["七里庄社区"]
        compounds = list(session.scalars(select(Region.name).where(Region.level == "compound")))
        assert len(set(compounds)) == 107
        regions = session.execute(select(Region.id, Region.parent_id)).all()
        ids = {row.id for row in regions}
        assert [row.id for row in regions if row.parent_id not in ids] == ["371722"]


def test_each_community_has_one_station_and_qilizhuang_is_the_first(engine: Engine) -> None:
    seed(engine)
    with reading(engine)() as session:
        stations = session.scalars(select(Station).order_by(Station.id)).all()
        assert [station.id for station in stations] == [f"yz-{n:03d}" for n in range(1, 25)]
        assert len({station.region_id for station in stations}) == 24
        assert stations[0].region_id == "371722002006"
        region = session.get(Region, stations[0].region_id)
        assert region is not None
        assert (region.name, region.parent_id) == ("七里庄社区", "371722002")
        assert all(abs(station.latitude - 34.80) < 0.05 for station in stations)
        assert all(abs(station.longitude - 116.08) < 0.05 for station in stations)
        assert Counter(station.kind for station in stations) == {"center": 4, "station": 20}
        assert all(is_id(station.id) for station in stations)


def test_each_station_has_the_devices_of_the_contract(engine: Engine) -> None:
    seed(engine)
    with reading(engine)() as session:
        devices = session.execute(
            select(Device.device, Device.kind, Device.units, func.count()).group_by(
                Device.device, Device.kind, Device.units
            )
        )
        assert {tuple(row) for row in devices} == {
            ("charger", "charger", 4, 24),
            ("relay", "relay", 8, 24),
            ("thermo", "temperature", 1, 24),
            ("gpio", "buttons", 0, 24),
            ("rack", "rack", 8, 24),
            ("tags", "tags", 0, 24),
            ("scanner", "scanner", 0, 24),
            ("water", "water", 1, 24),
        }


def test_seeding_again_adds_nothing_and_keeps_what_was_changed(engine: Engine) -> None:
    seed(engine)
    with writing(engine).begin() as session:
        session.execute(update(Station).where(Station.id == "yz-003").values(name="改过的名字"))
    assert seed(engine) == 0
    with reading(engine)() as session:
        name = session.scalar(select(Station.name).where(Station.id == "yz-003"))
    assert name == "改过的名字"
