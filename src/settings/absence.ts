// Settings of absences: whom they answer, and how often.
import { group, number, word } from '../setting.ts'

export const absenceSettings = group({
  outside: word(['everybody', 'contacts', 'nobody'], 'everybody', {
    environment: 'EASEL_ABSENCE_OUTSIDE',
    description:
      'Whom outside of our own domains the absence of somebody answers: `contacts` are those he has among his contacts. People of our own are answered always.',
  }),
  perHour: number(100, [1, 10_000], {
    environment: 'EASEL_ABSENCE_PER_HOUR',
    description: 'Most mails that one absence answers within an hour.',
  }),
})
