import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cleanRanges, isWorthwhile, trimWhenIdle } from './trim.ts'

const mapping = (head: string, anonymous: number): string =>
  `${head}\nSize: 4 kB\nRss: 4 kB\nAnonymous: ${String(anonymous).padStart(11)} kB\nVmFlags: rd ex\n`

test('only what is of a file, not writable and unchanged is given back', () => {
  const smaps = [
    mapping('00400000-00500000 r-xp 00000000 fe:00 123 /usr/bin/node', 0),
    mapping('00500000-00600000 r--p 00100000 fe:00 123 /usr/bin/node', 8),
    mapping('00600000-00700000 rw-p 00200000 fe:00 123 /usr/bin/node', 0),
    mapping('00700000-00800000 rw-p 00000000 00:00 0 [heap]', 64),
    mapping('00800000-00900000 r-xp 00000000 00:00 0 [vdso]', 0),
  ].join('')
  assert.deepEqual(cleanRanges(smaps), [{ start: 0x400000n, end: 0x500000n }])
})

test('a process lives on, and has less resident, when it has given its pages back', async () => {
  const resident = (): number => Number(/^Rss: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1])
  const before = resident()
  let after = before
  let moments = 0
  const ending = trimWhenIdle(async () => {
    after = Math.min(after, resident())
    if (++moments > 4) throw new Error('enough')
  })
  await assert.rejects(ending, /enough/)
  assert.ok(resident() < before || after < before, `${before} kB before, ${resident()} kB after`)
  assert.equal(JSON.parse('{"still": "here"}').still, 'here')
})

test('garbage is collected by who is idle and has much of it', () => {
  const MB = 1 << 20
  assert.equal(isWorthwhile({ share: 0.01, heap: 100 * MB, kept: 50 * MB }), true)
  assert.equal(isWorthwhile({ share: 0.5, heap: 100 * MB, kept: 50 * MB }), false)
  assert.equal(isWorthwhile({ share: 0.01, heap: 60 * MB, kept: 50 * MB }), false)
})
