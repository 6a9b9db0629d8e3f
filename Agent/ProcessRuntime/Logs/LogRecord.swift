import KubernetesAPI

/// One line of a log file in the CRI format: `<time> <stream> <F|P> <text>`.
struct LogRecord {
    let time: ArraySlice<UInt8>
    /// The text goes on in the next record.
    let isPartial: Bool
    let text: ArraySlice<UInt8>

    /// Nil for a line that is none, such as one cut by a full disk.
    init?(_ line: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space),
            let second = line[(first + 1)...].firstIndex(of: space),
            let third = line[(second + 1)...].firstIndex(of: space), third == second + 2
        else { return nil }
        time = line[..<first]
        isPartial = line[second + 1] == UInt8(ascii: "P")
        text = line[(third + 1)...]
    }

    /// What `kubectl logs` shows of it.
    func shown(timestamps: Bool, startsLine: Bool) -> [UInt8] {
        var output: [UInt8] = []
        if timestamps && startsLine { output += time + [UInt8(ascii: " ")] }
        output += text
        if !isPartial { output.append(0x0A) }
        return output
    }

    func isBefore(_ since: Timestamp) -> Bool {
        Timestamp(String(decoding: time, as: UTF8.self)).map { $0 < since } ?? false
    }
}
