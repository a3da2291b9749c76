import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNoSuchObject, NftError } from './nft.ts'
import { createNft } from './nft-host.ts'
import { inNamespaces } from '../testing/index.ts'

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
})
