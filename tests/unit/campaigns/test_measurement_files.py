"""Files for the laboratory and back: what is wrong is refused whole, what a spreadsheet does to them is read."""

import numpy as np
import pandas as pd
import pytest
from toy_campaign import BATCH, measured_file, settings

from molconvex.campaigns import (
    export_batch,
    import_values,
    propose,
    rounds,
    start_campaign,
    waits_for_values,
)
from molconvex.campaigns.units import converted
from molconvex.exceptions import DataError, OutputExistsError


def test_an_exported_file_is_not_overwritten_unasked(campaign, tmp_path) -> None:
    with pytest.raises(DataError, match="nothing was proposed yet for 'toy'"):
        export_batch(campaign, tmp_path / "x.csv")
    propose(campaign)
    export_batch(campaign, tmp_path / "x.csv")
    with pytest.raises(OutputExistsError):
        export_batch(campaign, tmp_path / "x.csv")
    with pytest.raises(DataError, match="has no batch 2"):
        export_batch(campaign, tmp_path / "y.csv", 2)


def with_cell(column: str, value: object, row: int = 0):
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table[column] = table[column].astype(object)
        table.loc[row, column] = value
        return table

    return change


def with_digits(digits: str):
    """Of this campaign, with a number as no batch spells it."""
    return lambda table: with_cell("id", table["id"][0].rpartition("-")[0] + "-" + digits)(table)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (with_cell("id", "ABCD-00001"), "line 2: 'ABCD-00001' is no compound of 'toy'"),
        (with_cell("id", ""), "line 2: '' is no compound"),
        (with_digits("²"), "line 2: '....-²' is no compound"),
        (with_digits("١"), "line 2: '....-١' is no compound"),
        (with_cell("smiles", "CCO"), "line 2: CCO is not the structure of this id"),
        (with_cell("logp", "high"), "line 2: 'logp' holds 'high', which is no number"),
        (with_cell("unit", "mg"), "line 2: the unit 'mg' is not that of the campaign"),
        (lambda table: pd.concat([table, table.head(1)]), f"line {BATCH + 2}: .* is in the file twice"),
        (lambda table: table.drop(columns="logp"), "no column 'logp'"),
        (lambda table: table.drop(columns="id"), "no column 'id'"),
    ],
)
def test_a_file_with_anything_wrong_is_refused_whole(campaign, tmp_path, change, text) -> None:
    propose(campaign)
    with pytest.raises(DataError, match=text):
        import_values(campaign, measured_file(campaign, tmp_path / "back.csv", change))
    assert campaign.values == {}


def test_the_number_of_an_id_ends_with_the_pool(campaign, tmp_path) -> None:
    propose(campaign)
    beyond = campaign.stored.compound_id(len(campaign.pool) + 1)
    with pytest.raises(DataError, match=f"'{beyond}' is no compound"):
        import_values(campaign, measured_file(campaign, tmp_path / "back.csv", with_cell("id", beyond)))
    path = measured_file(campaign, tmp_path / "back.csv", with_cell("id", campaign.stored.compound_id(0)))
    with pytest.raises(DataError, match="00000' is no compound"):
        import_values(campaign, path)


def test_a_file_of_another_campaign_is_recognized(campaign, store, pool_file, toy_model, tmp_path) -> None:
    other, _ = start_campaign(store, settings(pool_file, name="other"), latent_model=toy_model)
    propose(other)
    propose(campaign)
    with pytest.raises(DataError, match="is a compound of the campaign 'other'"):
        import_values(campaign, measured_file(other, tmp_path / "back.csv"))


def test_many_problems_are_counted(campaign, tmp_path) -> None:
    propose(campaign)
    with pytest.raises(DataError, match=f"and {BATCH - 5} more; nothing was imported"):
        import_values(campaign, measured_file(campaign, tmp_path / "back.csv", lambda t: t.assign(smiles="CCO")))


def test_a_measured_value_is_replaced_only_when_that_is_allowed(campaign, tmp_path) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    assert import_values(campaign, path).measured == BATCH
    assert import_values(campaign, path).replaced == 0  # the same values again change nothing
    measured_file(campaign, path, with_cell("logp", 9.5))
    with pytest.raises(DataError, match=r"has the value .* from back.csv already; allow to replace it if"):
        import_values(campaign, path)
    assert import_values(campaign, path, replace=True).replaced == 1
    assert max(item.value for item in campaign.values.values()) == 9.5


def test_a_remark_without_a_value_is_a_failure_and_an_empty_row_waits(campaign, tmp_path) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = with_cell("remark", "precipitated")(with_cell("logp", "")(table))
        return with_cell("logp", "n.d.", 1)(table)

    propose(campaign)
    found = import_values(campaign, measured_file(campaign, tmp_path / "back.csv", change))
    assert (found.measured, found.failed, found.waiting) == (BATCH - 2, 1, 1)
    assert not waits_for_values(campaign)
    failed = campaign.batches[0].proposed[0]["number"]
    assert campaign.values[failed].reason == "precipitated"
    assert np.isnan(campaign.values[failed].value)
    assert rounds(campaign)["failed"].tolist() == [1]
    assert failed not in {item["number"] for item in propose(campaign).proposed}


def test_a_file_of_a_spreadsheet_with_semicolons_decimal_commas_and_bounds_is_read(campaign, tmp_path) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = ["1,5", "<2,25", *["3"] * (BATCH - 2)]
    table.to_csv(path, index=False, sep=";")
    notes = import_values(campaign, path).notes
    values = [campaign.values[item["number"]].value for item in campaign.batches[0].proposed]
    assert values[:3] == [1.5, 2.25, 3.0]
    assert notes[0] == "logp: a comma was read as decimal sign in 2 cells"
    assert notes[-1] == "line 3: <2,25 is taken as its bound, 2.25"


@pytest.mark.parametrize(
    ("separator", "cells", "read"),
    [
        (",", ["10,000", ">10,000", "1.5"], [10_000.0, 10_000.0, 1.5]),
        (";", ["10,000", ">10,000", "1,5"], [10.0, 10.0, 1.5]),
        (";", ["10,000", ">10,000", "1.5"], [10_000.0, 10_000.0, 1.5]),
    ],
)
def test_what_a_comma_means_is_decided_by_the_whole_column(campaign, tmp_path, separator, cells, read) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = [*cells, *["3"] * (BATCH - 3)]
    table.to_csv(path, index=False, sep=separator)
    notes = import_values(campaign, path).notes
    assert [campaign.values[item["number"]].value for item in campaign.batches[0].proposed][:3] == read
    assert notes[-1] == f"line 3: >10,000 is taken as its bound, {read[1]:g}"


def test_a_comma_that_can_mean_two_numbers_is_refused(campaign, tmp_path) -> None:
    propose(campaign)
    path = measured_file(campaign, tmp_path / "back.csv")
    table = pd.read_csv(path, keep_default_na=False)
    table["logp"] = ["10,000", *["3"] * (BATCH - 1)]
    table.to_csv(path, index=False, sep=";")
    with pytest.raises(DataError, match=r"line 2: .* can mean 10 or 10000.*nothing was imported"):
        import_values(campaign, path)
    assert campaign.values == {}


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [(10.0, "uM", "nM", 1e4), (5.0, "nM", "nm", 5.0), (10.0, "nM", "-log10 M", 8.0), (2.0, "mM", "µM", 2000.0)],
)
def test_concentrations_are_converted(value, unit, wanted, result) -> None:
    assert converted(value, unit, wanted) == pytest.approx(result)


@pytest.mark.parametrize(("value", "unit", "wanted"), [(1.0, "nM", "%"), (1.0, "%", ""), (0.0, "nM", "-log10 M")])
def test_units_that_do_not_fit_are_refused(value, unit, wanted) -> None:
    with pytest.raises(DataError):
        converted(value, unit, wanted)
