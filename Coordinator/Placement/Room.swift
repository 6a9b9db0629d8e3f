/// Amounts of resources by column of a `Columns` table; only what is asked for (more than 0) has an entry.
struct Need: Hashable {
    private(set) var columns: [Int] = []
    private(set) var amounts: [Int64] = []

    static func += (left: inout Need, right: Need) {
        for (column, amount) in zip(right.columns, right.amounts) {
            if let index = left.columns.firstIndex(of: column) {
                let (sum, overflow) = left.amounts[index].addingReportingOverflow(amount)
                left.amounts[index] = overflow ? .max : sum
            } else {
                left.columns.append(column)
                left.amounts.append(amount)
            }
        }
    }
}

/// Numbers for the names of resources, so that a search counts instead of comparing names.
struct Columns {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func add(_ resources: Resources) {
        for name in resources.milli.keys where numbers[name] == nil {
            numbers[name] = names.count
            names.append(name)
        }
    }

    /// What is asked for.
    func need(_ resources: Resources) -> Need {
        var need = Need()
        for (name, amount) in resources.milli where amount > 0 {
            if let column = numbers[name] { need.append(column, amount) }
        }
        need.sort()
        return need
    }

    func row(_ resources: Resources) -> [Int64] { names.map { resources[$0] } }
}

extension Need {
    fileprivate mutating func append(_ column: Int, _ amount: Int64) {
        columns.append(column)
        amounts.append(amount)
    }

    fileprivate mutating func sort() {
        let order = columns.indices.sorted { columns[$0] < columns[$1] }
        (columns, amounts) = (order.map { columns[$0] }, order.map { amounts[$0] })
    }
}

/// What is left on some nodes, a row for each.
struct Room {
    private let width: Int
    private var cells: [Int64]

    init(rows: [[Int64]], width: Int) {
        self.width = width
        cells = rows.flatMap { $0 }
    }

    /// The rows of some nodes of another room.
    init(_ room: Room, of nodes: [Int]) {
        width = room.width
        cells = []
        cells.reserveCapacity(nodes.count * width)
        for node in nodes { cells += room.row(node) }
    }

    func row(_ node: Int) -> ArraySlice<Int64> { cells[node * width..<(node + 1) * width] }

    func fits(_ need: Need, on node: Int) -> Bool {
        let start = node * width
        return need.columns.indices.allSatisfy { need.amounts[$0] <= cells[start + need.columns[$0]] }
    }

    /// What a need leaves on a node, as the sum of the shares that `unit` (a whole's worth by column) makes of it.
    func left(after need: Need, on node: Int, unit: [Double]) -> Double {
        let start = node * width
        var sum = 0.0
        for index in need.columns.indices {
            let column = need.columns[index]
            sum += Double(cells[start + column] - need.amounts[index]) * unit[column]
        }
        return sum
    }

    mutating func take(_ need: Need, on node: Int) {
        for index in need.columns.indices { cells[node * width + need.columns[index]] -= need.amounts[index] }
    }

    mutating func give(_ need: Need, on node: Int) {
        for index in need.columns.indices { cells[node * width + need.columns[index]] += need.amounts[index] }
    }
}
