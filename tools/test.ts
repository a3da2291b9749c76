/**
 * Runs the tests, layer by layer, and says at the end how many there were: `npm test`, or `npm test -- kernel e2e`.
 *
 * A layer that ran no test fails. Skipped tests are counted and named.
 */
import { globSync } from 'node:fs'
import { spec } from 'node:test/reporters'
import { run } from 'node:test'
import { styleText } from 'node:util'

interface Layer {
  readonly name: string
  readonly files: string
  /** How many files at once: those that make clusters would be in each other's way on a small machine. */
  readonly concurrency: number
}

const LAYERS: readonly Layer[] = [
  { name: 'unit', files: 'src/**/*.test.ts', concurrency: 2 },
  { name: 'tools', files: 'tools/**/*.test.ts', concurrency: 1 },
  { name: 'kernel', files: 'test/kernel/**/*.test.ts', concurrency: 1 },
  { name: 'kubectl', files: 'test/kubectl/**/*.test.ts', concurrency: 1 },
  { name: 'e2e', files: 'test/e2e/**/*.test.ts', concurrency: 1 },
]

/** Milliseconds after which a single test counts as hung, and after which a whole layer does and is ended. */
const PATIENCE = 180_000
const LAYER_PATIENCE = 600_000

interface Counts {
  passed: number
  failed: number
  skipped: string[]
}

async function runLayer({ name, files, concurrency }: Layer): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: [] }
  const paths = globSync(files, { cwd: process.cwd() }).sort()
  process.stdout.write(styleText('bold', `\n${name}: ${paths.length} files\n`))
  if (paths.length === 0) return counts
  const execArgv = ['--disable-warning=ExperimentalWarning']
  const stream = run({ files: paths, concurrency, timeout: PATIENCE, execArgv, signal: AbortSignal.timeout(LAYER_PATIENCE) })
  stream.on('test:pass', ({ name: test, skip, details }) => {
    if (details.type === 'suite') return
    if (skip === undefined) counts.passed++
    else counts.skipped.push(`${test}${typeof skip === 'string' ? `: ${skip}` : ''}`)
  })
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') counts.failed++
  })
  for await (const text of stream.compose(new spec()))
    if (!process.env['CI'] || /✖|Error|at /.test(String(text))) process.stdout.write(text)
  return counts
}

const wanted = process.argv.slice(2)
const layers = LAYERS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
if (layers.length === 0) throw new Error(`no such layer; there are ${LAYERS.map(({ name }) => name).join(', ')}`)
const began = performance.now()
let passed = 0
let failed = 0
const skipped: string[] = []
for (const layer of layers) {
  const counts = await runLayer(layer)
  if (counts.passed + counts.failed === 0) {
    process.stdout.write(styleText('red', `${layer.name}: no test ran\n`))
    failed++
  }
  passed += counts.passed
  failed += counts.failed
  skipped.push(...counts.skipped)
}
for (const name of skipped) process.stdout.write(styleText('yellow', `skipped: ${name}\n`))
process.stdout.write(
  `\n${((performance.now() - began) / 1000).toFixed(0)} s\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`,
)
process.exitCode = failed === 0 ? 0 : 1
