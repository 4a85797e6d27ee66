import { uint24, uint24Big, uint32, uint32Big, uintBig } from "./byte-order.ts";
import { cursor } from "./cursor.ts";
import { invalidValue } from "./decode-error.ts";
import type { ReadValue } from "./read-value.ts";

/**
 * Dates and times since MySQL 5.6 and MariaDB 10.0 (`sql-common/my_time.cc`: `my_datetime_packed_to_binary`
 * and its kin). Big-endian, so that bytes sort as times; then the fraction, also big-endian:
 *
 * | type      | bits                                                                              |
 * | --------- | --------------------------------------------------------------------------------- |
 * | DATE      | 3 bytes, *little*-endian: 15 year, 4 month, 5 day                                 |
 * | DATETIME  | 5 bytes: 1 sign (always 1), 17 year × 13 + month, 5 day, 5 hour, 6 minute, 6 second |
 * | TIMESTAMP | 4 bytes: seconds since 1970 in UTC; unsigned, because MariaDB 11.5 goes to 2106   |
 * | TIME      | 3 bytes: 1 sign (1: not negative), 1 unused, 10 hour, 6 minute, 6 second          |
 *
 * | fraction digits     | 0 | 1–2 | 3–4 | 5–6 |
 * | bytes               | 0 | 1   | 2   | 3   |
 *
 * Zero and partial dates (`0000-00-00`, `2024-00-15`) are values like others.
 */

const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));

// Texts are built once and looked up from then on: a rows event repeats its dates, and a day has 86,400 seconds.
const CACHE_SIZE = 1024;
const dateKeys = new Int32Array(CACHE_SIZE).fill(-1);
const dateTexts: string[] = Array.from({ length: CACHE_SIZE }, () => "");
const dayKeys = new Int32Array(CACHE_SIZE).fill(-1);
const dayTexts: string[] = Array.from({ length: CACHE_SIZE }, () => "");
/** By hour << 12 | minute << 6 | second. */
const clockTexts: string[] = Array.from({ length: 32 * 4096 }, () => "");

/** `2024-01-31` from 15 bits year, 4 bits month, 5 bits day. */
function dateText(packed: number): string {
  const slot = packed & (CACHE_SIZE - 1);
  if (dateKeys[slot] === packed) return dateTexts[slot] ?? "";
  const year = packed >> 9;
  const month = (packed >> 5) & 15;
  if (year > 9999 || month > 12) throw invalidValue(`a date with year ${year} and month ${month}`);
  const text = `${String(year).padStart(4, "0")}-${TWO_DIGITS[month]}-${TWO_DIGITS[packed & 31]}`;
  dateKeys[slot] = packed;
  dateTexts[slot] = text;
  return text;
}

/** ` 23:59:59` from 5 bits hour, 6 bits minute, 6 bits second; with the blank that stands between date and time. */
function clockText(packed: number): string {
  const known = clockTexts[packed];
  if (known !== undefined && known !== "") return known;
  const hour = packed >> 12;
  const minute = (packed >> 6) & 63;
  const second = packed & 63;
  if (hour > 23 || minute > 59 || second > 59) throw invalidValue(`a time of day ${hour}:${minute}:${second}`);
  const text = ` ${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}`;
  clockTexts[packed] = text;
  return text;
}

/** Days since 1970-01-01 as a date (Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
function dayText(days: number): string {
  const slot = days & (CACHE_SIZE - 1);
  if (dayKeys[slot] === days) return dayTexts[slot] ?? "";
  const shifted = days + 719_468; // days since 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const text = dateText((year << 9) | (month << 5) | day);
  dayKeys[slot] = days;
  dayTexts[slot] = text;
  return text;
}

/** UTC text of seconds since 1970; 0 stands for the zero timestamp. */
export function timestampText(seconds: number): string {
  if (seconds === 0) return "0000-00-00 00:00:00";
  const days = Math.floor(seconds / 86_400);
  const ofDay = seconds - days * 86_400;
  const hour = (ofDay / 3600) | 0;
  const minute = ((ofDay - hour * 3600) / 60) | 0;
  return dayText(days) + clockText((hour << 12) | (minute << 6) | (ofDay - hour * 3600 - minute * 60));
}

/** `2024-01-31 23:59:59` of year, month, day packed as in DATE and a packed time of day. */
export function datetimeText(date: number, clock: number): string {
  return dateText(date) + clockText(clock);
}

export { dateText };

/** DATE, and NEWDATE, which is the same in the log. */
export const readDate: ReadValue = (bytes, at) => {
  cursor.offset = at + 3;
  return dateText(uint24(bytes, at));
};

/** ".000" … ".999": the commonest precisions are made of these. */
const MILLISECONDS: readonly string[] = Array.from({ length: 1000 }, (_, n) => `.${String(n).padStart(3, "0")}`);

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const;

/** `.123` of a fraction stored in `(digits + 1) / 2` bytes; "" when the column has none. */
function fractionText(stored: number, digits: number): string {
  if (digits === 0) return "";
  // An odd number of digits is stored with one more, which is zero.
  const number = (digits & 1) === 0 ? stored : Math.floor(stored / 10);
  if (number >= (POWERS[digits] ?? 0)) throw invalidValue(`a fraction of a second of ${stored}`);
  if (digits === 3) return MILLISECONDS[number] ?? "";
  if (digits !== 6) return `.${String(number).padStart(digits, "0")}`;
  const milliseconds = (number / 1000) | 0;
  return (MILLISECONDS[milliseconds] ?? "") + (MILLISECONDS[number - 1000 * milliseconds] ?? "").slice(1);
}

function fractionAt(bytes: Buffer, at: number, size: number): number {
  return size === 3 ? uint24Big(bytes, at) : uintBig(bytes, at, size);
}

/** DATETIME(digits) */
export function readDatetime(digits: number): ReadValue {
  const size = (digits + 1) >> 1;
  return (bytes, at) => {
    cursor.offset = at + 5 + size;
    // 40 bits: the sign, 22 of the date, 17 of the time of day.
    const high = uint24Big(bytes, at);
    const date = (high >> 1) & 0x3f_ffff;
    const clock = uint24Big(bytes, at + 2) & 0x1_ffff;
    if (high < 0x80_0000) throw invalidValue("a DATETIME with a negative sign");
    const yearMonth = date >> 5;
    const year = (yearMonth / 13) | 0;
    const text = dateText((year << 9) | ((yearMonth - year * 13) << 5) | (date & 31)) + clockText(clock);
    return size === 0 ? text : text + fractionText(fractionAt(bytes, at + 5, size), digits);
  };
}

/** TIMESTAMP(digits), in UTC. */
export function readTimestamp(digits: number): ReadValue {
  const size = (digits + 1) >> 1;
  return (bytes, at) => {
    cursor.offset = at + 4 + size;
    const seconds = uint32Big(bytes, at);
    const text = timestampText(seconds);
    return size === 0 ? text : text + fractionText(fractionAt(bytes, at + 4, size), digits);
  };
}

/**
 * TIME(digits). Whole and fraction together are one number with an offset: below it, the value is
 * negative, and its size is the difference (`my_time_packed_from_binary`).
 */
export function readTime(digits: number): ReadValue {
  const size = (digits + 1) >> 1;
  const unit = 256 ** size;
  const zero = 0x80_0000 * unit;
  return (bytes, at) => {
    cursor.offset = at + 3 + size;
    const whole = uint24Big(bytes, at);
    const number = whole * unit + fractionAt(bytes, at + 3, size) - zero;
    const absolute = number < 0 ? -number : number;
    const clock = Math.floor(absolute / unit);
    return timeText(number < 0, clock >> 12, (clock >> 6) & 63, clock & 63) + fractionText(absolute % unit, digits);
  };
}

/** `-838:59:59`: at least two digits of hours. */
export function timeText(negative: boolean, hour: number, minute: number, second: number): string {
  if (hour > 838 || minute > 59 || second > 59) throw invalidValue(`a time of ${hour}:${minute}:${second}`);
  const text = `${TWO_DIGITS[hour] ?? hour}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}`;
  return negative ? `-${text}` : text;
}

/** `.123456` for the six digits that JSON always prints. */
export function microsecondText(microseconds: number): string {
  return fractionText(microseconds, 6);
}

// The formats of servers before 5.6, and of columns created there and never rebuilt: numbers in decimal.

/** TIMESTAMP (old): four bytes, little-endian, seconds since 1970. */
export const readOldTimestamp: ReadValue = (bytes, at) => {
  cursor.offset = at + 4;
  return timestampText(uint32(bytes, at));
};

/** TIME (old): three bytes, little-endian, signed, HHMMSS as a decimal number. */
export const readOldTime: ReadValue = (bytes, at) => {
  cursor.offset = at + 3;
  const number = (uint24(bytes, at) << 8) >> 8;
  const absolute = Math.abs(number);
  return timeText(number < 0, Math.floor(absolute / 10_000), Math.floor(absolute / 100) % 100, absolute % 100);
};

/** DATETIME (old): eight bytes, little-endian, YYYYMMDDHHMMSS as a decimal number. */
export const readOldDatetime: ReadValue = (bytes, at) => {
  cursor.offset = at + 8;
  const number = uint32(bytes, at + 4) * 0x1_0000_0000 + uint32(bytes, at);
  const date = Math.floor(number / 1_000_000);
  const clock = number - date * 1_000_000;
  const year = Math.floor(date / 10_000);
  const month = Math.floor(date / 100) % 100;
  const day = date % 100;
  const hour = Math.floor(clock / 10_000);
  const minute = Math.floor(clock / 100) % 100;
  const second = clock % 100;
  if (year > 9999 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    throw invalidValue(`a DATETIME of ${number}`);
  }
  return datetimeText((year << 9) | (month << 5) | day, (hour << 12) | (minute << 6) | second);
};
