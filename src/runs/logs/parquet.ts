import { UserError } from "../../base/user-error.ts";
import { COMPLETIONS_LIMITS } from "./completions-log.ts";

/** Bytes that a table's columns may have unpacked. */
const MOST_BYTES = 2 ** 28;

export const isParquet = (bytes: Uint8Array): boolean =>
  bytes.length > 8 && [...bytes.subarray(0, 4)].every((byte, i) => byte === "PAR1".charCodeAt(i));

/**
 * The rows of a Parquet file, as objects by column. The reader is fetched when the first such file
 * comes.
 *
 * @throws UserError where it is damaged or too large.
 */
export async function readParquet(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const { parquetMetadata, parquetReadObjects } = await import("hyparquet");
  const buffer = bytes.slice().buffer;
  try {
    const metadata = parquetMetadata(buffer);
    const rows = Number(metadata.num_rows);
    const unpacked = metadata.row_groups
      .flatMap(({ columns }) => columns)
      .reduce((sum, column) => sum + Number(column.meta_data?.total_uncompressed_size ?? 0), 0);
    if (rows > COMPLETIONS_LIMITS.rows || unpacked > MOST_BYTES) {
      throw new UserError(
        `The Parquet file has ${rows} rows of ${unpacked} bytes; ${COMPLETIONS_LIMITS.rows} rows and ${MOST_BYTES} bytes are read at most.`,
        "Import a part of its steps.",
      );
    }
    return await parquetReadObjects({ file: buffer, metadata });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : "it is damaged";
    throw new UserError(
      `The Parquet file cannot be read: ${why.slice(0, 200)}.`,
      "Write it again, or as JSON lines: pandas' to_json(path, orient='records', lines=True).",
    );
  }
}
