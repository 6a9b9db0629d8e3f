import FoundationEssentials
import Glibc
import Hardware
import SystemFiles
import Testing

/// A copy of the fake library in a folder of its own, what its machine is, and the sysfs and procfs that go with it.
final class FakeDriver {
    let folder: String
    /// What the scenario says now, a statement a line.
    private(set) var scenario: [String] = []

    var library: String { "\(folder)/libnvidia-ml.so.1" }

    init(_ scenario: String...) throws {
        folder = FileManager.default.temporaryDirectory.path + "/fake-nvml-\(UUID().uuidString)"
        try Files.makeFolder(folder)
        try FileManager.default.copyItem(atPath: Self.built, toPath: library)
        try become(scenario)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The library as the build made it, beside the program that runs.
    static var built: String {
        get throws {
            let program = try Files.target(ofLink: "/proc/self/exe")
            let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let path = folder.joined(separator: "/") + "/libFakeNVML.so"
            return try #require(Files.exists(path) ? path : nil, "the build has not made \(path)")
        }
    }

    /// Replaces all that the scenario says.
    func become(_ lines: [String]) throws {
        scenario = lines
        try write(lines.joined(separator: "\n") + "\n", to: "\(folder)/scenario")
    }

    /// Replaces a file at once, without waiting for a disk as programs of ours do.
    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = unsafe try #require(fopen("\(path).new", "w"))
        let count = unsafe fwrite(bytes, 1, bytes.count, file)
        let isClosed = unsafe fclose(file) == 0
        let isReplaced = unsafe rename("\(path).new", path) == 0
        try #require(count == bytes.count && isClosed && isReplaced)
    }

    private func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    func add(_ line: String) throws { try become(scenario + [line]) }
    func remove(_ line: String) throws { try become(scenario.filter { $0 != line }) }

    /// Puts NVIDIA devices on the bus that sysfs shows, and any other device beside them.
    func putOnBus(_ count: Int, driverHasThem: Bool = false) throws {
        for index in 0...count {
            let address = index == count ? "0000:00:1f.0" : "0000:1\(index):00.0"
            let device = "\(folder)/sys/bus/pci/devices/\(address)"
            try Files.makeFolder(device)
            try write(index == count ? "0x8086\n" : "0x10de\n", to: "\(device)/vendor")
            try write("0x2330\n", to: "\(device)/device")
            try write(index == count ? "0x060100\n" : "0x030200\n", to: "\(device)/class")
            if driverHasThem, index < count { try Files.makeFolder("\(folder)/proc/driver/nvidia/gpus/\(address)") }
        }
    }

    func configuration(places: [String]? = nil) -> NVMLSession.Configuration {
        var configuration = NVMLSession.Configuration()
        configuration.places = places ?? [library]
        configuration.root = folder
        configuration.eventWaitMilliseconds = 1
        return configuration
    }

    func session() -> NVMLSession { NVMLSession(configuration()) }

    /// How the library was misused; empty is right.
    var violations: String { (try? Files.text("\(folder)/violations")) ?? "" }

    /// Takes a function away: its name in the library's tables becomes another one.
    func hide(_ symbol: String) throws {
        var bytes = try Files.read(library)
        let name = Array(symbol.utf8) + [0]
        while let place = Self.place(of: name, in: bytes) { bytes[place] = UInt8(ascii: "x") }
        try write(bytes, to: library)
    }

    /// Whether the library is mapped into this process.
    var isLoaded: Bool {
        Self.place(of: Array(library.utf8), in: (try? Files.read("/proc/self/maps")) ?? []) != nil
    }

    /// Where some bytes stand in others.
    private static func place(of part: [UInt8], in whole: [UInt8]) -> Int? {
        unsafe whole.withUnsafeBytes { whole in
            var start = 0
            while start + part.count <= whole.count {
                guard
                    let found = unsafe memchr(
                        whole.baseAddress! + start, Int32(part[0]), whole.count - start - part.count + 1)
                else { return nil }
                if unsafe memcmp(found, part, part.count) == 0 {
                    return unsafe UnsafeRawPointer(found) - whole.baseAddress!
                }
                start = unsafe UnsafeRawPointer(found) - whole.baseAddress! + 1
            }
            return nil
        }
    }

    /// The functions that the library has, by its source.
    static let symbols: [String] = {
        let folder =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
            .joined(separator: "/") + "/FakeNVML"
        var found: Set<String> = []
        for name in Files.names(in: folder) where name.hasSuffix(".c") {
            for line in ((try? Files.text("\(folder)/\(name)")) ?? "").split(separator: "\n") {
                guard line.hasPrefix("int nvml") || line.hasPrefix("WORD(nvml") else { continue }
                let words = line.split { $0 == "(" || $0 == " " || $0 == "," }
                if let symbol = words.first(where: { $0.hasPrefix("nvml") }) { found.insert(String(symbol)) }
            }
        }
        return found.sorted()
    }()
}

/// Moments of a clock that a test moves.
struct FakeClock {
    private(set) var now = ContinuousClock.now

    mutating func advance(_ duration: Duration) -> ContinuousClock.Instant {
        now = now + duration
        return now
    }
}

extension NVMLSession {
    /// Steps once a second until the report is as wanted; the last report.
    func step(_ clock: inout FakeClock, for seconds: Int = 60, until holds: (VendorReport) -> Bool) -> VendorReport {
        var report = step(clock.now)
        for _ in 0..<seconds where !holds(report) { report = step(clock.advance(.seconds(1))) }
        return report
    }
}
