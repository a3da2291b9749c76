import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeChannel, encodeChannel, exitStatus, parseTerminalSize } from './channels.ts'

test('a frame is a number and bytes, there and back [POD-5]', () => {
  assert.equal(encodeChannel('stdout', Buffer.from('a\n')).toString('hex'), '01610a')
  assert.deepEqual(decodeChannel(Buffer.from('006c730a', 'hex')), { channel: 'stdin', data: Buffer.from('ls\n') })
  assert.deepEqual(decodeChannel(Buffer.from('ff00', 'hex')), { channel: 'close', data: Buffer.of(0) })
  assert.equal(decodeChannel(Buffer.from('0961', 'hex')), undefined)
  assert.equal(decodeChannel(Buffer.alloc(0)), undefined)
})

test('a terminal size is two numbers, and anything else is none [POD-5]', () => {
  assert.deepEqual(parseTerminalSize(Buffer.from('{"Width":100,"Height":33}')), { columns: 100, rows: 33 })
  for (const text of ['', '{}', '{"Width":"100","Height":33}', 'null'])
    assert.equal(parseTerminalSize(Buffer.from(text)), undefined)
})

test('an exit code is where client-go looks for it [POD-5]', () => {
  assert.deepEqual(exitStatus(0), { metadata: {}, status: 'Success' })
  const { reason, details } = exitStatus(3) as { readonly reason: string; readonly details: unknown }
  assert.equal(reason, 'NonZeroExitCode')
  assert.deepEqual(details, { causes: [{ reason: 'ExitCode', message: '3' }] })
})
