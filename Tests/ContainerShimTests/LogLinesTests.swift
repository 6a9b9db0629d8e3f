import ContainerShim
import Testing

struct LogLinesTests {
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `a line comes out when its end has come`() {
        var lines = LogLines(stream: "stdout")
        #expect(lines.append(Array("one\ntw".utf8), at: "T1").elementsEqual("T1 stdout F one\n".utf8))
        #expect(lines.append(Array("o\n\n".utf8), at: "T2").elementsEqual("T2 stdout F two\nT2 stdout F \n".utf8))
        #expect(lines.finish(at: "T3").isEmpty)
    }

    @Test func `a last line without an end comes out at the end`() {
        var lines = LogLines(stream: "stderr")
        #expect(lines.append(Array("oops".utf8), at: "T1").isEmpty)
        #expect(Self.text(lines.finish(at: "T2")) == "T2 stderr F oops\n")
    }

    @Test(arguments: [-1, 0, 1])
    func `a line around the limit is cut only above it`(over: Int) {
        var lines = LogLines(stream: "stdout")
        let length = LogLines.lineBytesMax + over
        let output = lines.append([UInt8](repeating: 0x61, count: length) + [0x0A], at: "T")
        let records = Self.text(output).split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3) }
        #expect(records.map { String($0[2]) } == (over > 0 ? ["P", "F"] : ["F"]))
        #expect(records.reduce(0) { $0 + $1[3].utf8.count } == length)
    }
}
