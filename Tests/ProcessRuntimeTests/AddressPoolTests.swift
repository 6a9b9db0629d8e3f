import ProcessRuntime
import Testing

struct AddressPoolTests {
    @Test func `addresses are unique, inside the block, and rest after release`() throws {
        var pool = try #require(AddressPool("127.64.0.0/29"))
        let first = (0..<7).map { _ in pool.lease() }
        #expect(first == (1...6).map { "127.64.0.\($0)" } + [nil])
        pool.release("127.64.0.2")
        pool.release("127.64.0.5")
        let second = (0..<3).map { _ in pool.lease() }
        #expect(second == ["127.64.0.2", "127.64.0.5", nil])
    }

    @Test func `a kept address is not given again`() throws {
        var pool = try #require(AddressPool("127.64.0.0/29"))
        let claims = ["127.64.0.1", "127.64.0.1", "127.65.0.1"].map { pool.claim($0) }
        #expect(claims == [true, false, false])
        let next = pool.lease()
        #expect(next == "127.64.0.2")
    }

    @Test func `two seeds begin at different places`() throws {
        let addresses = try ["/a", "/b"].map { seed in
            var pool = try #require(AddressPool("127.64.0.0/10", seed: seed))
            return pool.lease()
        }
        #expect(addresses[0] != addresses[1])
    }

    @Test(arguments: ["127.64.0.0", "127.64.0.0/0", "127.64.0.0/31", "300.0.0.0/8", "::1/64", ""])
    func `what is no block is refused`(text: String) { #expect(AddressPool(text) == nil) }
}
