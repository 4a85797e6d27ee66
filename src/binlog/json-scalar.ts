import { byteAt, int32, uint32 } from "./byte-order.ts";
import { ColumnType } from "./column-type.ts";
import { invalidJson } from "./decode-error.ts";
import { decimalBytes, decimalText } from "./read-decimal.ts";
import { dateText, datetimeText, microsecondText, timeText } from "./read-temporal.ts";

/** Numbers and opaque scalars of JSON documents, as the server prints them. */

/**
 * A double as `my_gcvt` prints it in JSON: shortest digits that read back the same; in plain form from 1e-15
 * to below 1e15, else `1.5e20` with neither plus nor zeros in the exponent; `.0` behind what would look
 * like an integer.
 */
export function jsonDouble(value: number): string {
  if (!Number.isFinite(value)) throw invalidJson("a double that is not a number");
  const absolute = Math.abs(value);
  if (absolute === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (absolute >= 1e-6 && absolute < 1e15) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  const exponential = value.toExponential();
  const e = exponential.indexOf("e");
  const exponent = Number(exponential.slice(e + 1));
  if (absolute >= 1e-15 && absolute < 1) {
    const digits = exponential.slice(0, e).replace("-", "").replace(".", "");
    return `${value < 0 ? "-" : ""}0.${"0".repeat(-exponent - 1)}${digits}`;
  }
  return `${exponential.slice(0, e)}e${exponent}`;
}

/** An opaque scalar: how it looks in the document's text, and its value as {@link JsonOpaque} has it. */
export interface OpaqueScalar {
  readonly printed: string;
  readonly value: string | Buffer;
}

/**
 * `bytes[start, end)` of an opaque value of a column type. DECIMAL: precision, scale, then as in a column. Dates and times:
 * eight bytes, little-endian, as `TIME_to_longlong_packed` packs them. Anything else: its bytes.
 */
export function jsonOpaque(type: number, bytes: Buffer, start: number, end: number): OpaqueScalar {
  switch (type) {
    case ColumnType.NEWDECIMAL: {
      const text = opaqueDecimal(bytes, start, end);
      return { printed: text, value: text };
    }
    case ColumnType.DATE:
    case ColumnType.NEWDATE:
    case ColumnType.DATETIME:
    case ColumnType.TIMESTAMP:
    case ColumnType.TIME: {
      const text = opaqueTemporal(type, bytes, start, end);
      return { printed: `"${text}"`, value: text };
    }
    default: {
      const value = Buffer.from(bytes.subarray(start, end));
      return { printed: `"base64:type${type}:${base64(value)}"`, value };
    }
  }
}

function opaqueDecimal(bytes: Buffer, start: number, end: number): string {
  if (end - start < 3) throw invalidJson("a DECIMAL without digits");
  const precision = byteAt(bytes, start);
  const scale = byteAt(bytes, start + 1);
  if (precision < 1 || precision > 65 || scale > precision || end - start !== 2 + decimalBytes(precision, scale)) {
    throw invalidJson(`a DECIMAL(${precision},${scale}) of ${end - start} bytes`);
  }
  return decimalText(bytes, start + 2, precision - scale, scale);
}

function opaqueTemporal(type: number, bytes: Buffer, start: number, end: number): string {
  if (end - start !== 8) throw invalidJson(`a date or time of ${end - start} bytes`);
  // 40 bits date and time, 24 bits microseconds; negative times are the negative of the whole.
  const packed = (BigInt(int32(bytes, start + 4)) << 32n) | BigInt(uint32(bytes, start));
  const absolute = packed < 0n ? -packed : packed;
  const microseconds = Number(absolute & 0xff_ffffn);
  const whole = Number(absolute >> 24n);
  if (type === ColumnType.TIME) {
    const hour = Math.floor(whole / 4096);
    return timeText(packed < 0n, hour, (whole >> 6) & 63, whole & 63) + microsecondText(microseconds);
  }
  const day = Math.floor(whole / 0x2_0000); // year × 13 + month, then five bits
  const yearMonth = Math.floor(day / 32);
  const year = Math.floor(yearMonth / 13);
  if (packed < 0n || year > 9999) throw invalidJson("a date out of range");
  const date = (year << 9) | ((yearMonth - year * 13) << 5) | (day & 31);
  if (type === ColumnType.DATE || type === ColumnType.NEWDATE) return dateText(date);
  return datetimeText(date, whole & 0x1_ffff) + microsecondText(microseconds);
}

/** The server breaks lines after 76 characters, and JSON shows the line break as `\n`. */
function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/.{76}(?=.)/g, String.raw`$&\n`);
}
