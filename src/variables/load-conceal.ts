import { UserError, UserErrors } from '../errors.ts'

/**
 * Errors about the plain text of an encrypted file say what is wrong and where, but quote nothing of it: messages put
 * what a file holds between single quotes, and hints repeat whole lines.
 */
export async function concealing<T>(encrypted: boolean, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!encrypted) throw error
    if (error instanceof UserErrors) throw new UserErrors(error.errors.map(concealed))
    throw error instanceof UserError ? concealed(error) : error
  }
}

function concealed(error: UserError): UserError {
  return new UserError(error.message.replace(/'.*'/s, "'…'"), {
    at: error.at,
    hint: 'the file is encrypted, so its content is not shown; ansible-vault edit opens it',
  })
}
