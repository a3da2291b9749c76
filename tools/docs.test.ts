import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { boundaries } from './boundaries.ts'

const ROOT = join(import.meta.dirname, '..')
const pages = globSync('{*.md,docs/**/*.md,src/**/*.md,examples/**/*.md}', { cwd: ROOT })
const text = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

test('every link of the documentation leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...text(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .filter(([, link]) => !existsSync(join(ROOT, dirname(page), link ?? '')))
      .map(([, link]) => `${page}: ${link}`),
  )
  assert.deepEqual(broken, [])
})

test('every component has a README, and src/README.md lists the components that there are', () => {
  const folders = readdirSync(join(ROOT, 'src')).filter((name) => statSync(join(ROOT, 'src', name)).isDirectory())
  const withCode = folders.filter((name) => globSync('**/*.ts', { cwd: join(ROOT, 'src', name) }).length > 0)
  for (const name of withCode) {
    assert.ok(existsSync(join(ROOT, 'src', name, 'README.md')), `src/${name} has no README.md`)
    assert.ok(text('src/README.md').includes(`(${name}/README.md)`), `src/README.md doesn't list ${name}`)
  }
})

test('ARCHITECTURE.md follows a Service through eight hops and names every folder of the boundary table that has code', () => {
  const page = text('ARCHITECTURE.md')
  for (let hop = 1; hop <= 8; hop++) assert.match(page, new RegExp(`^\\| ${hop} \\|`, 'm'))
  for (const row of Object.keys(boundaries)) {
    const folder = row.replace('/*', '')
    if (globSync('**/*.ts', { cwd: join(ROOT, 'src', folder) }).length > 0)
      assert.ok(page.includes(`\`${row}\``), `${row} is missing`)
  }
})
