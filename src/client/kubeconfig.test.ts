import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { accessOf, printKubeconfig, readKubeconfig, withContext, withoutContext } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
after(() => rmSync(folder, { recursive: true }))
const write = (text: string): string => {
  const file = join(folder, 'config')
  writeFileSync(file, text)
  return file
}
const access = { server: 'https://127.0.0.1:6443', ca: 'CA', cert: 'CERT', key: 'KEY' }

test('a context is added beside the others, found again, and taken away without a trace', () => {
  const others = readKubeconfig(
    write(
      'apiVersion: v1\nkind: Config\ncurrent-context: work\ncontexts:\n- name: work\n  context: {cluster: work, user: me}\npreferences: {colors: true}\n',
    ),
  )
  const added = withContext(others, 'portolan', access)
  const file = write(printKubeconfig(added))
  assert.deepEqual(accessOf(file), { ...access, token: undefined, tlsServerName: undefined })
  assert.deepEqual(readKubeconfig(file)['preferences'], { colors: true })
  const removed = withoutContext(added, 'portolan')
  assert.deepEqual(removed.contexts, others.contexts)
  assert.equal(removed['current-context'], '')
  assert.equal(withoutContext({ ...added, 'current-context': 'work' }, 'portolan')['current-context'], 'work')
})

test('what is wrong with a file is said with its name', () => {
  assert.deepEqual(readKubeconfig(join(folder, 'nosuch')), {})
  assert.deepEqual(readKubeconfig(write('')), {})
  for (const text of ['[1, 2]', 'a: [', 'just text'])
    assert.throws(() => readKubeconfig(write(text)), { code: 'BadKubeconfig', message: /config/ })
  assert.throws(() => accessOf(write('contexts: []'), 'x'), /has no context "x"/)
  assert.throws(() => accessOf(write('contexts: [{name: x, context: {cluster: nosuch}}]'), 'x'), /names no cluster/)
})

test('files that a kubeconfig names are looked for beside it', () => {
  writeFileSync(join(folder, 'ca.pem'), 'PEM')
  const file = write(
    'contexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: https://h, certificate-authority: ca.pem}}]\nusers: [{name: u, user: {token: t}}]',
  )
  assert.deepEqual(accessOf(file, 'x'), {
    server: 'https://h',
    ca: 'PEM',
    cert: undefined,
    key: undefined,
    token: 't',
    tlsServerName: undefined,
  })
})
