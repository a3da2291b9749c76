import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const PORTOLAN = join(import.meta.dirname, '../../../bin/portolan')
const folder = mkdtempSync(join(tmpdir(), 'portolan-completion-'))
after(() => rmSync(folder, { recursive: true }))

const portolan = (...words: readonly string[]): string =>
  execFileSync(PORTOLAN, words, { encoding: 'utf8', env: { ...process.env, PORTOLAN_DATA: folder } })
/** What the last word may become. */
const completed = (...words: readonly string[]): string[] =>
  portolan('complete', '--', ...words)
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => line.split('\t')[0] ?? '')

test('commands, flags and their values are completed', () => {
  assert.deepEqual(completed('do'), ['down'])
  assert.ok(completed('').includes('completion'))
  assert.ok(!completed('').includes('complete'))
  assert.deepEqual(completed('up', '--ip'), ['--ip-family'])
  assert.deepEqual(completed('up', '--ip-family', ''), ['ipv4', 'dual'])
  assert.deepEqual(completed('images', ''), ['rm'])
})

test('clusters and nodes are completed by what there is, and by nothing where there is none', () => {
  assert.deepEqual(completed('node', 'stop', ''), [])
  for (const name of ['default', 'lab']) mkdirSync(join(folder, name))
  const nodes = [{ name: 'node1' }, { name: 'node2' }]
  writeFileSync(join(folder, 'default/cluster.json'), JSON.stringify({ name: 'default', nodes }))
  assert.deepEqual(completed('node', 'stop', ''), ['node1', 'node2'])
  assert.deepEqual(completed('status', '--name', ''), ['default', 'lab'])
})

test('every shell has a script of its own', () => {
  for (const [shell, word] of Object.entries({ bash: 'complete -F', zsh: '#compdef portolan', fish: 'complete -c portolan' }))
    assert.ok(portolan('completion', shell).includes(word), shell)
  assert.throws(() => portolan('completion', 'tcsh'), /Allowed choices are bash, zsh, fish, powershell/)
})
