import ProcessRuntime
import Testing

struct AddressPoolTests {
    @Test func `addresses are unique, inside the block, and rest after release`() throws {
        var pool = try #require(AddressPool("127.64.0.0/29"))
        let first = (0..<6).map { _ in pool.lease() }
        #expect(first == (1...6).map { "127.64.0.\($0)" })
        #expect(pool.lease() == nil)
        pool.release("127.64.0.2")
        pool.release("127.64.0.5")
        #expect([pool.lease(), pool.lease(), pool.lease()] == ["127.64.0.2", "127.64.0.5", nil])
    }

    @Test func `a kept address is not given again`() throws {
        var pool = try #require(AddressPool("127.64.0.0/29"))
        #expect(pool.claim("127.64.0.1"))
        #expect(!pool.claim("127.64.0.1"))
        #expect(!pool.claim("127.65.0.1"))
        #expect(pool.lease() == "127.64.0.2")
    }

    @Test func `two seeds begin at different places`() throws {
        var (one, two) = (try #require(AddressPool("127.64.0.0/10", seed: "/a")), try #require(AddressPool("127.64.0.0/10", seed: "/b")))
        #expect(one.lease() != two.lease())
    }

    @Test(arguments: ["127.64.0.0", "127.64.0.0/0", "127.64.0.0/31", "300.0.0.0/8", "::1/64", ""])
    func `what is no block is refused`(text: String) { #expect(AddressPool(text) == nil) }
}
