/// Columns as wide as their widest cell, three spaces between them, as kubectl prints.
struct TextTable {
    var header: [String]
    var rows: [[String]] = []

    var text: String { Self.text([header] + rows) }

    /// The rows without a header.
    var lines: String { Self.text(rows) }

    private static func text(_ all: [[String]]) -> String {
        let widths = (all.first ?? []).indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 3) }
            }
            return line
        }.joined(separator: "\n")
    }
}
