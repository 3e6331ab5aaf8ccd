package db

import (
	"context"
	"fmt"

	"yike/policy/worktime"
)

// RuleHolidays is the dated rule of the years whose holidays were entered here,
// a list of worktime.Year: those announced after the program was made, and those
// that were corrected.
const RuleHolidays = "holidays"

// WorkCalendar returns the days on which people work, as it is known on a day:
// the years that the program brings, and those that were entered.
func (d *DB) WorkCalendar(ctx context.Context, on string) (*worktime.Calendar, error) {
	return d.workCalendar(ctx, d.r, on)
}

func (d *DB) workCalendar(ctx context.Context, q querier, on string) (*worktime.Calendar, error) {
	years, row, err := d.holidayYears(ctx, q, on)
	if err != nil || len(years) == 0 {
		return worktime.China(), err
	}
	c, err := worktime.China().WithYears(years)
	if err != nil {
		return nil, fmt.Errorf("holidays version %d: %w", row.Version, err)
	}
	return c, nil
}

// HolidayYears are the years that were entered, and by which version. Holidays
// are no secret.
func (d *DB) HolidayYears(ctx context.Context, on string) ([]worktime.Year, RuleRow, error) {
	return d.holidayYears(ctx, d.r, on)
}

func (d *DB) holidayYears(ctx context.Context, q querier, on string) ([]worktime.Year, RuleRow, error) {
	s, err := d.settingState(ctx, q, RuleHolidays, on)
	row := s.Company
	if err != nil || row.Version == 0 {
		return nil, row, err
	}
	years, err := worktime.ParseYears(row.Value)
	if err != nil {
		return nil, row, fmt.Errorf("holidays version %d: %w", row.Version, err)
	}
	return years, row, nil
}
