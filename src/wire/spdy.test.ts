import assert from 'node:assert/strict'
import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { constants, deflateSync } from 'node:zlib'
import { serveSpdy, type SpdyStream } from './spdy.ts'
import { SPDY_DICTIONARY } from './spdy-dictionary.ts'

/** `streamType: data`, `port: 80`, as client-go's first SYN_STREAM carries them. */
function synStream(id: number): Buffer {
  const word = (value: string): Buffer => Buffer.concat([Buffer.of(0, 0, 0, value.length), Buffer.from(value)])
  const headers = Buffer.concat([Buffer.of(0, 0, 0, 2), ...['Streamtype', 'data', 'Port', '80'].map(word)])
  const packed = deflateSync(headers, { dictionary: SPDY_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH })
  const body = Buffer.concat([Buffer.of(0, 0, 0, id, 0, 0, 0, 0, 0, 0), packed])
  return Buffer.concat([Buffer.of(0x80, 3, 0, 1, 0, 0, 0, body.length), body])
}

test('the dictionary is the one of the draft [POD-5]', () => {
  assert.equal(SPDY_DICTIONARY.length, 1423)
  assert.equal(adler32(SPDY_DICTIONARY).toString(16), 'e3c6a7c2')
})

test('a stream that the client opens carries bytes both ways, and each side ends its own [POD-5]', async () => {
  const [client, server] = duplexPair()
  const opened = new Promise<SpdyStream>((resolve) => serveSpdy(server, resolve))
  client.write(synStream(1))
  const { headers, duplex } = await opened
  assert.deepEqual(headers, { streamtype: 'data', port: '80' })
  // A frame may come in pieces.
  for (const byte of [0, 0, 0, 1, 1, 0, 0, 2, 0x68, 0x69]) client.write(Buffer.of(byte))
  const got: string[] = []
  duplex.on('data', (piece: Buffer) => got.push(String(piece)))
  await once(duplex, 'end')
  assert.deepEqual(got, ['hi'])
  const answers: Buffer[] = []
  client.on('data', (piece: Buffer) => answers.push(piece))
  duplex.end('ho')
  await once(duplex, 'finish')
  const [reply, ...data] = answers
  assert.equal(reply?.readUInt32BE(0), 0x80030002)
  assert.equal(Buffer.concat(data).toString('hex'), '0000000100000002686f0000000101000000')
})

test('a ping is answered with itself [POD-5]', async () => {
  const [client, server] = duplexPair()
  serveSpdy(server, () => {})
  const ping = Buffer.of(0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 7)
  client.write(ping)
  assert.deepEqual((await once(client, 'data'))[0], ping)
})

/** The checksum by which zlib knows a dictionary (RFC 1950). */
function adler32(bytes: Buffer): number {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return b * 65_536 + a
}
