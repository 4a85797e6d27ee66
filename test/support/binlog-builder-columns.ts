/** The few column types that built binlogs have, and how table maps and rows hold them. */
export type BuiltColumn =
  | { readonly name: string; readonly kind: "int" }
  | { readonly name: string; readonly kind: "bigint" }
  | { readonly name: string; readonly kind: "varchar"; readonly characters: number };

export function int(name: string): BuiltColumn {
  return { name, kind: "int" };
}

export function bigint(name: string): BuiltColumn {
  return { name, kind: "bigint" };
}

/** utf8mb4 */
export function varchar(name: string, characters: number): BuiltColumn {
  return { name, kind: "varchar", characters };
}

const TYPES = { int: 3, bigint: 8, varchar: 15 } as const;
const UTF8MB4_BIN = 46;

/** Count, types, type metadata and nullability (all nullable) of a table map. */
export function columnBytes(columns: readonly BuiltColumn[]): Buffer {
  const metadata = Buffer.concat(
    columns.map((column) => (column.kind === "varchar" ? uint16(4 * column.characters) : Buffer.alloc(0))),
  );
  return Buffer.concat([
    Buffer.of(columns.length),
    Buffer.from(columns.map((column) => TYPES[column.kind])),
    Buffer.of(metadata.length),
    metadata,
    Buffer.alloc((columns.length + 7) >> 3, 0xff),
  ]);
}

/** Optional metadata: 1 signedness, 2 default charset, 4 names, 8 primary key. */
export function metadataBytes(columns: readonly BuiltColumn[], primaryKey: readonly number[]): Buffer {
  const numeric = columns.filter((column) => column.kind !== "varchar").length;
  const fields = [
    ...(numeric > 0 ? [field(1, Buffer.alloc((numeric + 7) >> 3))] : []),
    ...(numeric < columns.length ? [field(2, Buffer.of(UTF8MB4_BIN))] : []),
    field(
      4,
      Buffer.concat(columns.map(({ name }) => Buffer.concat([Buffer.of(Buffer.byteLength(name)), Buffer.from(name)]))),
    ),
    ...(primaryKey.length > 0 ? [field(8, Buffer.from(primaryKey))] : []),
  ];
  return Buffer.concat(fields);
}

/** A value of a row image. */
export function valueBytes(column: BuiltColumn, value: number | bigint | string): Buffer {
  if (column.kind === "varchar") {
    const text = Buffer.from(String(value));
    return Buffer.concat([column.characters * 4 < 256 ? Buffer.of(text.length) : uint16(text.length), text]);
  }
  const bytes = Buffer.alloc(column.kind === "int" ? 4 : 8);
  if (column.kind === "int") bytes.writeInt32LE(Number(value));
  else bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

function field(type: number, value: Buffer): Buffer {
  const length = value.length < 251 ? Buffer.of(value.length) : Buffer.concat([Buffer.of(252), uint16(value.length)]);
  return Buffer.concat([Buffer.of(type), length, value]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
