import assert from 'node:assert/strict'
import { appendFile, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { discardStart } from '../../kernel/index.ts'
import { type LogOptions, readLog } from './read.ts'
import { timeOf } from './times.ts'
import { removeLog, trimLog } from './trim.ts'

let folder: string
let file: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-logs-'))
  file = join(folder, '0.log')
})
after(() => rm(folder, { recursive: true }))

const OVER = AbortSignal.abort()
const NEVER = new AbortController().signal
const PLAIN: LogOptions = { follow: false, timestamps: false }

/** Four lines: the first two were written by second 1, the others by second 2. */
async function write(): Promise<void> {
  await writeFile(file, 'one\ntwo\nthree\nfour\n')
  await writeFile(join(folder, '0.times'), '8 1000\n19 2000\n')
}

async function read(options: Partial<LogOptions>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of readLog({ file, ended: OVER, now: () => 9000 }, { ...PLAIN, ...options }, NEVER)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

const cases: readonly [title: string, options: Partial<LogOptions>, text: string][] = [
  ['whole', {}, 'one\ntwo\nthree\nfour\n'],
  ['the last lines', { tailLines: 2 }, 'three\nfour\n'],
  ['no line', { tailLines: 0 }, ''],
  ['more lines than there are', { tailLines: 9 }, 'one\ntwo\nthree\nfour\n'],
  ['since a time', { since: 1500 }, 'three\nfour\n'],
  ['some bytes', { limitBytes: 5 }, 'one\nt'],
  [
    'with times',
    { tailLines: 3, timestamps: true },
    '1970-01-01T00:00:01.000000000Z two\n1970-01-01T00:00:02.000000000Z three\n1970-01-01T00:00:02.000000000Z four\n',
  ],
]
for (const [title, options, text] of cases)
  test(`a log is read ${title} [POD-5]`, async () => {
    await write()
    assert.equal(await read(options), text)
  })

test('who follows a log reads what comes, until the container has ended [POD-5]', async () => {
  await write()
  const ended = new AbortController()
  const pieces = readLog({ file, ended: ended.signal, now: () => 9000 }, { ...PLAIN, follow: true, tailLines: 1 }, NEVER)
  assert.equal(String((await pieces.next()).value), 'four\n')
  const next = pieces.next()
  await appendFile(file, 'five\n')
  assert.equal(String((await next).value), 'five\n')
  const last = pieces.next()
  ended.abort()
  assert.equal((await last).done, true)
})

test('what was written after the last mark was written now [POD-5]', () => {
  const marks = [
    { offset: 8, at: 1000 },
    { offset: 19, at: 2000 },
  ]
  assert.deepEqual(
    [0, 7, 8, 18, 19].map((offset) => timeOf(marks, offset, 9000)),
    [1000, 1000, 2000, 2000, 9000],
  )
})

test('of a log that is too long the oldest lines go, in place, while its program writes on [POD-5]', async () => {
  const log = join(folder, '1.log')
  const line = `${'x'.repeat(99)}\n`
  const writer = await open(log, 'a')
  await writer.write(line.repeat(160_000))
  const start = await trimLog(log, 16_000_000, discardStart)
  assert.equal(start, 5_514_300, 'at the beginning of a line, with ten megabytes kept')
  await writer.write('last\n')
  await writer.close()
  const { size, blocks } = await stat(log)
  assert.equal(size, 16_000_005)
  assert.ok(blocks * 512 < 11 << 20, `${blocks} blocks are taken`)
  const pieces: Buffer[] = []
  for await (const piece of readLog({ file: log, ended: OVER, now: () => 0 }, PLAIN, NEVER)) pieces.push(piece)
  const text = Buffer.concat(pieces).toString('latin1')
  assert.equal(text.length, size - start)
  assert.ok(text.startsWith(line) && text.endsWith(`${line}last\n`))
  assert.equal(await trimLog(log, size, discardStart), undefined)
  await removeLog(log)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('1.')),
    [],
  )
})
