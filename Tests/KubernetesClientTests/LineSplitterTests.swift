@testable import KubernetesClient
import Testing

@Suite struct LineSplitterTests {
    @Test func `any cut of the stream gives the same lines`() throws {
        let text = Array("one\ntwo\r\n\nthree, longer\nrest".utf8)
        for size in 1...text.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                splitter.append(text[start..<min(start + size, text.count)])
                while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
            }
            #expect(lines == ["one", "two", "three, longer"])
        }
    }

    @Test(arguments: [(7, false), (8, false), (9, true)]) func `a line has a limit`(length: Int, isRefused: Bool) throws
    {
        var splitter = LineSplitter(bytesMax: 8)
        splitter.append(Array(repeating: UInt8(ascii: "x"), count: length))
        if isRefused {
            #expect(throws: LineTooLong(bytesMax: 8)) { try splitter.next() }
        } else {
            #expect(try splitter.next() == nil)
            splitter.append([0x0A])
            #expect(try splitter.next()?.count == length)
        }
    }
}
