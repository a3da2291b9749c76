import { messageOf, PortolanError } from '../lib/index.ts'
import { addCompletion } from './commands/completion.ts'
import { createProgram } from './program.ts'

const program = createProgram()
addCompletion(program, createProgram)

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`portolan: ${messageOf(error)}\n`)
  if (!(error instanceof PortolanError)) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`)
  process.exitCode = 1
}
