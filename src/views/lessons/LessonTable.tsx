import type { Table } from "../../lessons/lesson.ts";

/** Numbers beside a lesson's answer. */
export const LessonTable = ({ table: { head, rows } }: { table: Table }) => (
  <table className="lesson-table">
    <thead>
      <tr>
        {head.map((name, column) => (
          <th key={column} scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((cells, row) => (
        <tr key={row}>
          {cells.map((text, column) =>
            column === 0 ? (
              <th key={column} scope="row">
                {text}
              </th>
            ) : (
              <td key={column} className="num">
                {text}
              </td>
            ),
          )}
        </tr>
      ))}
    </tbody>
  </table>
);
