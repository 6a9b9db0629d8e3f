import FoundationEssentials
import Hardware
import Testing
import Topology

@Suite struct HardwareTests {
    @Test func `reads the machine it runs on`() throws {
        let node = try HardwareProbe.live()
        #expect(!node.hostname.isEmpty)
        #expect(node.threadCount >= 1 && node.threadCount >= node.coreCount)
        #expect(!node.numaNodes.isEmpty)
        #expect(node.memoryBytes > 1 << 20)
        #expect(node.numaNodes.flatMap(\.threads).count == node.threadCount)
    }

    @Test func `says what is wrong with a topology file`() {
        #expect {
            try HardwareProbe.file("/nonexistent.xml")
        } throws: {
            "\($0)".contains("/nonexistent.xml")
        }
    }

    struct Corpus: Sendable {
        var file: String
        var numaNodes: Int
        var rdma: [String]
    }

    static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/shared/fixtures/hwloc"

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: folder), "the corpus of real machines is not beside the checkout"
        ),
        arguments: [
            Corpus(file: "24em64t-2n6c2t-pci.xml", numaNodes: 2, rdma: ["mlx4_0"]),
            Corpus(file: "96em64t-4n4d3ca2co-pci.xml", numaNodes: 4, rdma: []),
        ]) func `reads the topology of a real machine`(corpus: Corpus) throws
    {
        let node = try HardwareProbe.file("\(Self.folder)/\(corpus.file)")
        #expect(node.numaNodes.count == corpus.numaNodes)
        #expect(node.nics.filter { $0.kind == .rdma }.map(\.name) == corpus.rdma)
    }

    struct Pair: Sendable {
        var left: PCILocation
        var right: PCILocation
        var link: LinkClass
    }

    @Test(arguments: [
        Pair(left: at(["h0", "s0", "a"], 0), right: at(["h0", "s0", "b"], 0), link: .pix),
        Pair(left: at(["h0", "s0", "s1", "a"], 0), right: at(["h0", "s0", "s2", "b"], 0), link: .pxb),
        Pair(left: at(["h0", "a"], 0), right: at(["h0", "b"], 0), link: .phb),
        Pair(left: at(["h0", "a"], 0), right: at(["h1", "b"], 0), link: .node),
        Pair(left: at(["h0", "a"], 0), right: at(["h1", "b"], 1), link: .sys),
        Pair(left: at(["h0", "a"], nil), right: at(["h1", "b"], nil), link: .sys),
    ]) func `classes a path between two devices`(pair: Pair) {
        #expect(LinkClass.between(pair.left, pair.right) == pair.link)
        #expect(LinkClass.between(pair.right, pair.left) == pair.link)
    }

    private static func at(_ bridges: [String], _ numaNode: Int?) -> PCILocation {
        PCILocation(address: "0000:00:00.0", bridges: bridges, numaNode: numaNode)
    }
}
