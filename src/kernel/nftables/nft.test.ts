import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import { isNoSuchObject, NftError } from './nft.ts'
import { createNft } from './nft-host.ts'
import { inNamespaces } from '../../testing/index.ts'

const TABLE = 'table ip t { map m { type ipv4_addr . inet_proto . inet_service : verdict; }\n chain c { }\n}\n'

inNamespaces(import.meta.filename, ['net'], () => {
  test('a script is a transaction, small or large [NET-11]', async () => {
    const nft = createNft()
    await nft.run(TABLE)
    const elements = Array.from({ length: 5000 }, (_, i) => `10.0.${i >> 8}.${i & 255} . tcp . 80 : goto c`)
    await nft.run(`add element ip t m { ${elements.join(', ')} }`)
    await assert.rejects(nft.run(`add element ip t m { 192.0.2.1 . tcp . 80 : goto c }\nadd element ip t nosuch { 1 }`), NftError)
    await assert.rejects(nft.run(`delete element ip t m { 192.0.2.1 . tcp . 80 }`), isNoSuchObject)
    await nft.run(`delete element ip t m { 10.0.0.7 . tcp . 80 }`)
  })

  test('what is listed are objects without their elements', async () => {
    const nft = createNft()
    await nft.run(`add table ip t\ndelete table ip t\n${TABLE}`)
    const chains = (await nft.list('table ip t')).flatMap((object) => (object['chain'] ? [object['chain']['name']] : []))
    assert.deepEqual(chains, ['c'])
    await assert.rejects(nft.list('table ip nosuch'), isNoSuchObject)
  })

  test("changes by others are told from one's own", async () => {
    const nft = createNft()
    assert.equal(await nft.changedByOthers(), false)
    await nft.run('add table ip mine')
    await nft.run(`add set ip mine s { type inet_service; elements = { ${[...Array(20_000).keys()].join()} }; }`)
    assert.equal(await nft.changedByOthers(), false)
    await assert.rejects(nft.run('delete table ip nosuch'))
    assert.equal(await nft.changedByOthers(), false)
    await createNft().run('add table ip others')
    assert.equal(await nft.changedByOthers(), true)
    assert.equal(await nft.changedByOthers(), false)
  })

  test('a rule that nft cannot say remembers clients over IPv6 [NET-8]', async () => {
    const nft = createNft()
    const map = (name: string, key: string): string =>
      `map ${name} { type ${key} : ipv6_addr . inet_service; flags dynamic,timeout; timeout 1d; }`
    await nft.run(`table ip6 t {
      ${map('clients', 'ipv6_addr . ipv6_addr . inet_service')}
      ${map('nodeport-clients', 'ipv6_addr . inet_service')}
      chain keep { }
      chain out { type filter hook output priority 0; ct state new jump keep; }\n}`)
    const rule = { table: 't', chain: 'keep', seconds: 3600 }
    await nft.remember({ ...rule, map: 'clients', nodePort: false })
    await nft.remember({ ...rule, map: 'nodeport-clients', nodePort: true })
    const socket = createSocket('udp6')
    await new Promise<void>((resolve, reject) => socket.send('x', 5300, '::1', (error) => (error ? reject(error) : resolve())))
    socket.close()
    const [client] = await nft.elements('ip6 t clients')
    assert.deepEqual(withoutTimes(client), [
      ['::1', '::1', 5300],
      ['::1', 5300],
    ])
    const [other] = await nft.elements('ip6 t nodeport-clients')
    assert.deepEqual(withoutTimes(other), [
      ['::1', 5300],
      ['::1', 5300],
    ])
    await assert.rejects(nft.remember({ ...rule, map: 'nosuch', nodePort: true }), { code: 'NetlinkFailed', message: /ENOENT/ })
  })
})

const withoutTimes = (element: unknown): unknown => {
  const [{ elem }, { concat }] = element as [{ elem: { val: { concat: unknown } } }, { concat: unknown }]
  return [elem.val.concat, concat]
}
