import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cleanRanges, trimAfterStart } from './trim.ts'

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
  await trimAfterStart(async () => {
    after = Math.min(after, resident())
  })
  assert.ok(resident() < before || after < before, `${before} kB before, ${resident()} kB after`)
  assert.equal(JSON.parse('{"still": "here"}').still, 'here')
})
