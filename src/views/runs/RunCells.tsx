import type { ReactNode } from "react";
import type { RunColumn } from "../../runs/run-table.ts";

export type CellsOf = Readonly<Record<RunColumn, { is: ReactNode; title?: string }>>;

/** The cells of a line that have their place at the table's width. */
export const RunCells = ({ columns, cells }: { columns: readonly RunColumn[]; cells: CellsOf }) =>
  columns.map((column) => {
    const { is, title } = cells[column];
    const className = `runs-${column}`;
    return column === "name" ? (
      <th key={column} scope="row" className={className}>
        <div className="runs-named">{is}</div>
      </th>
    ) : (
      <td key={column} className={className} title={title}>
        {is}
      </td>
    );
  });
