import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseReference } from './reference.ts'

const nameOf = (text: string): string => {
  const reference = parseReference(text)
  return typeof reference === 'string' ? `refused: ${reference}` : reference.name
}

test('short names are completed as Docker completes them [POD-3]', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const cases: [string, string][] = [
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.29', 'docker.io/library/nginx:1.29'],
    ['team/web', 'docker.io/team/web:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/web', 'localhost/web:latest'],
    ['localhost:5000/web:1', 'localhost:5000/web:1'],
    ['[::1]:5000/web', '[::1]:5000/web:latest'],
    ['registry.k8s.io/a/b/c:v1', 'registry.k8s.io/a/b/c:v1'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1@${digest}`, `docker.io/library/nginx@${digest}`],
    ['a__b/c-d.e', 'docker.io/a__b/c-d.e:latest'],
  ]
  for (const [text, name] of cases) assert.equal(nameOf(text), name)
})

test("what can't be an image's name is refused in upstream's words [POD-3]", () => {
  assert.equal(nameOf('Nginx'), 'refused: invalid reference format: repository name (library/Nginx) must be lowercase')
  assert.match(nameOf('a'.repeat(64)), /cannot specify 64-byte hexadecimal strings/)
  assert.match(nameOf(`a/${'b'.repeat(260)}`), /must not be more than 255 characters/)
  for (const text of ['', ' ', 'a//b', '-a', 'a:', 'a:-b', 'a@sha256:12', 'a@b@c', '../etc', 'a b', 'https://a/b', 'a/..'])
    assert.equal(nameOf(text), 'refused: invalid reference format', text)
})
