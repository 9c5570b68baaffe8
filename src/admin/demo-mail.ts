// The mail of the demo: a few weeks between two colleagues and the world around them.

export interface DemoMessage {
  readonly key: string
  readonly from: string
  readonly to: readonly string[]
  readonly cc?: readonly string[]
  readonly subject: string
  /** How long ago, days; the fraction is the time of day. */
  readonly daysAgo: number
  readonly text: string
  readonly html?: string
  readonly attachment?: { readonly name: string; readonly type: string; readonly content: string }
  /** Shown by the HTML as `cid:`. */
  readonly picture?: { readonly cid: string; readonly name: string; readonly type: string; readonly base64: string }
  /** The text as it goes out, where that is not UTF-8; mail of the world still is not always. */
  readonly encoded?: { readonly charset: string; readonly base64: string }
  /** The key of the message this one answers. */
  readonly answers?: string
  readonly unread?: boolean
  readonly flagged?: boolean
}

export const demoDomain = 'demo.example'

export const people = {
  alice: `Alice Liddell <alice@${demoDomain}>`,
  bob: `Bob Carpenter <bob@${demoDomain}>`,
  carol: 'Carol Meyer <carol.meyer@northwind.example>',
  david: 'David Okafor <d.okafor@fabrikam.example>',
  elena: 'Elena Petrović <elena@adatum.example>',
  frank: 'Frank Müller <f.mueller@contoso.example>',
  travel: 'Margate Rail <tickets@margate-rail.example>',
  shop: 'Paper & Ink <orders@paper-and-ink.example>',
  bank: 'Lakeside Bank <statements@lakeside.example>',
  news: 'The Morning Letter <letter@morning.example>',
  library: 'City Library <loans@library.example>',
  clinic: 'Dr. Nakamura’s practice <reminder@nakamura.example>',
  tanaka: '田中 恵 <tanaka@tailspin.example>',
  irina: 'Ирина Соколова <i.sokolova@litware.example>',
  amelie: 'Amélie Durand <amelie@lucerne.example>',
} as const

const { alice, bob, carol, david, elena, frank, travel, shop, bank, news, library, clinic, tanaka, irina, amelie } = people

const figures = 'region,march,april\nNorth,118400,121950\nSouth,97310,99020\nWest,143870,139455\n'
const minutes =
  'Minutes, kick-off\n\nPresent: Alice, Bob, Carol\n\n1. The pilot begins on the 14th with twelve phones.\n2. Carol sends the list of names by Friday.\n3. Bob asks the network people about port 443.\n'

/** The mill in the morning, 96 by 60 points. */
const mill =
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAAA8CAMAAACuCk+GAAAADFBMVEWq0vD60lp4qm5QglAobzW2AAAAwElEQVR42u2VQRKEIAwESfL/P6+FsixWRALMnqa5eJBpGRFTIoTsQE7A8TCFCNYgAjagBSJgAwUU8EP7x1mEP03x/wNCCCG/aAYcD1Now9ZcT1ANmtacZab6pNVllXk6yFTxgXy8IKbwet4o8F/kkiGH5dGUUq8tMyt43n1N/KSie/8t/l0RERxhnqAaTB1n4PmLwHzUX1YoPwtsEEfRLdMugc0LdK/g3tNA/CEwmxK88Z0SE1g/Us/RlLJL8Lj7PvRQDLbpWN6XAAAAAElFTkSuQmCC'

function letter(date: string, first: string, second: string): string {
  return `<html><body style="font-family:Georgia,serif"><h2>The Morning Letter</h2><p style="color:#666">${date}</p><p><b>${first}</b> ${second}</p><p>Have a good day.</p><p style="font-size:small">You get this letter because you asked for it.</p></body></html>`
}

/** Oldest first. Everything about them is invented. */
export const demoMessages: readonly DemoMessage[] = [
  {
    key: 'welcome',
    from: bob,
    to: [alice],
    subject: 'Welcome aboard!',
    daysAgo: 34.4,
    text: 'Hi Alice,\n\nlovely to have you here. Your desk is the one by the window, and the coffee machine takes the blue cups only.\n\nLunch at half past twelve?\n\nBob',
  },
  {
    key: 'welcome-re',
    from: alice,
    to: [bob],
    subject: 'Re: Welcome aboard!',
    daysAgo: 34.38,
    text: 'Thank you, Bob! Half past twelve it is.\n\nAlice\n\n> Lunch at half past twelve?',
    answers: 'welcome',
  },
  {
    key: 'library',
    from: library,
    to: [alice],
    subject: 'Your library card is ready',
    daysAgo: 33.2,
    text: 'Dear reader,\n\nyour card 4711-08 can be fetched at the desk, Monday to Saturday from nine to seven.\n\nThe City Library',
  },
  {
    key: 'kickoff',
    from: carol,
    to: [alice, bob],
    subject: 'Kick-off of the pilot',
    daysAgo: 30.5,
    text: 'Dear both,\n\nshall we start on Thursday at ten, in our small meeting room? I would bring the list of people who want to take part.\n\nKind regards\nCarol',
  },
  {
    key: 'kickoff-re',
    from: alice,
    to: [carol],
    cc: [bob],
    subject: 'Re: Kick-off of the pilot',
    daysAgo: 30.3,
    text: 'Dear Carol,\n\nThursday at ten is fine for us. Bob will join by phone.\n\nAlice',
    answers: 'kickoff',
  },
  {
    key: 'minutes',
    from: carol,
    to: [alice, bob],
    subject: 'Minutes of the kick-off',
    daysAgo: 27.1,
    text: 'Please find the minutes attached. Tell me if I got anything wrong.\n\nCarol',
    attachment: { name: 'minutes.txt', type: 'text/plain', content: minutes },
    flagged: true,
  },
  {
    key: 'statement',
    from: bank,
    to: [alice],
    subject: 'Your statement is ready',
    daysAgo: 26,
    text: 'Your statement can be read in your account. We never ask for your password by mail.\n\nLakeside Bank',
  },
  {
    key: 'order',
    from: shop,
    to: [alice],
    subject: 'Thank you for your order 20418',
    daysAgo: 24.6,
    text: 'Two notebooks, dotted, A5\nOne bottle of ink, green\n\nWe send them tomorrow.\n\nPaper & Ink',
    html: '<html><body><h3>Thank you for your order 20418</h3><table border="1" cellpadding="4"><tr><td>2</td><td>Notebook, dotted, A5</td><td>11.80</td></tr><tr><td>1</td><td>Ink, green</td><td>7.50</td></tr></table><p>We send them tomorrow.</p></body></html>',
  },
  {
    key: 'port',
    from: bob,
    to: [alice],
    subject: 'Port 443',
    daysAgo: 23.3,
    text: 'The network people say yes. They want to know how long a connection stays open; I told them an hour, and they asked me to sit down.\n\nB.',
  },
  {
    key: 'port-re',
    from: alice,
    to: [bob],
    subject: 'Re: Port 443',
    daysAgo: 23.2,
    text: 'Tell them it is one connection per phone, and that nothing goes over it while nothing happens. 🙂',
    answers: 'port',
  },
  {
    key: 'port-re-re',
    from: bob,
    to: [alice],
    subject: 'Re: Port 443',
    daysAgo: 23.1,
    text: 'They stood up again. Done.\n\n> one connection per phone',
    answers: 'port-re',
  },
  {
    key: 'letter-1',
    from: news,
    to: [alice],
    subject: 'The Morning Letter: slow trains, fast bread',
    daysAgo: 21.7,
    text: 'Slow trains are having a good year. And a bakery in Porto bakes in seven minutes.',
    html: letter('Thursday', 'Slow trains', 'are having a good year. And a bakery in Porto bakes in seven minutes.'),
  },
  {
    key: 'list',
    from: carol,
    to: [alice],
    subject: 'Names for the pilot',
    daysAgo: 20.4,
    text: 'Twelve names, as promised:\n\nAmir, Beatrix, Chidi, Dagmar, Emil, Fatima, Goran, Hanne, Ines, Jon, Kaito, Livia.\n\nCarol',
  },
  {
    key: 'cafe',
    from: elena,
    to: [alice],
    subject: 'Café na uglu – 18:00?',
    daysAgo: 18.8,
    text: 'Draga Alice,\n\nda li si slobodna u petak? Čula sam da imaju novu tortu.\n\nPozdrav,\nElena',
  },
  {
    key: 'cafe-re',
    from: alice,
    to: [elena],
    subject: 'Re: Café na uglu – 18:00?',
    daysAgo: 18.7,
    text: 'Jesam! Vidimo se tamo.\n\nA.',
    answers: 'cafe',
  },
  {
    key: 'ticket',
    from: travel,
    to: [alice],
    subject: 'Your ticket to Margate, carriage 7, seat 41',
    daysAgo: 16.9,
    text: 'Outward: 07:52, platform 3\nReturn: 18:15\n\nShow this message to the guard.',
  },
  {
    key: 'call',
    from: tanaka,
    to: [alice],
    subject: '木曜日のお電話について',
    daysAgo: 15.6,
    text: 'アリス様\n\nいつもお世話になっております。\n木曜日の午後三時にお電話いたします。\n\n田中\n',
    encoded: {
      charset: 'iso-2022-jp',
      base64:
        'GyRCJSIlaiU5TU0bKEINCg0KGyRCJCQkRCRiJCpAJE9DJEskSiRDJEYkKiRqJF4kOSEjGyhCDQobJEJMWk1LRnwkTjhhOGU7MDt+JEskKkVFT0MkJCQ/JDckXiQ5ISMbKEINCg0KGyRCRURDZhsoQg0K',
    },
  },
  {
    key: 'figures',
    from: david,
    to: [alice, bob],
    subject: 'Figures for April',
    daysAgo: 14.5,
    text: 'Hello,\n\nthe figures are attached. West went down a little; the North makes up for it.\n\nDavid',
    attachment: { name: 'figures.csv', type: 'text/csv', content: figures },
  },
  {
    key: 'figures-re',
    from: bob,
    to: [david],
    cc: [alice],
    subject: 'Re: Figures for April',
    daysAgo: 14.2,
    text: 'Thanks! Is the West the whole West, or without the islands?\n\nBob',
    answers: 'figures',
  },
  {
    key: 'figures-re-re',
    from: david,
    to: [bob],
    cc: [alice],
    subject: 'Re: Figures for April',
    daysAgo: 13.9,
    text: 'With the islands. Without them it would be 131,020.\n\nDavid',
    answers: 'figures-re',
  },
  {
    key: 'clinic',
    from: clinic,
    to: [alice],
    subject: 'Your appointment on Tuesday',
    daysAgo: 12.3,
    text: 'We expect you on Tuesday at 8:40. If you cannot come, please call us the day before.',
  },
  {
    key: 'offer',
    from: frank,
    to: [alice],
    subject: 'Angebot für zwölf Geräte',
    daysAgo: 11.6,
    text: 'Sehr geehrte Frau Liddell,\n\nanbei unser Angebot. Für Rückfragen stehe ich Ihnen gerne zur Verfügung.\n\nMit freundlichen Grüßen\nFrank Müller',
    attachment: { name: 'Angebot-Geräte.txt', type: 'text/plain', content: 'Zwölf Geräte zu je 389,00 €\nLieferzeit: zehn Tage\n' },
    flagged: true,
  },
  {
    key: 'offer-re',
    from: alice,
    to: [frank],
    subject: 'Re: Angebot für zwölf Geräte',
    daysAgo: 11.2,
    text: 'Sehr geehrter Herr Müller,\n\nvielen Dank, wir nehmen das Angebot an.\n\nAlice Liddell',
    answers: 'offer',
  },
  {
    key: 'letter-2',
    from: news,
    to: [alice],
    subject: 'The Morning Letter: a lighthouse for sale',
    daysAgo: 10.7,
    text: 'A lighthouse is for sale. It comes with a keeper.',
    html: letter('Monday', 'A lighthouse', 'is for sale. It comes with a keeper.'),
  },
  {
    key: 'contract',
    from: irina,
    to: [alice],
    cc: [bob],
    subject: 'Договор',
    daysAgo: 9.8,
    text: 'Здравствуйте, Алиса!\n\nДоговор подписан, отправляю его сегодня почтой.\n\nС уважением,\nИрина\n',
    encoded: {
      charset: 'koi8-r',
      base64:
        '+sTSwdfT1NfVytTFLCDhzMnTwSENCg0K5M/Hz9fP0iDQz8TQydPBziwgz9TQ0sHXzNHAIMXHzyDTxcfPxM7RINDP3tTPyi4NCg0K8yDV18HWxc7Jxc0sDQrp0snOwQ0K',
    },
  },
  {
    key: 'battery',
    from: bob,
    to: [alice],
    subject: 'How long does your battery last?',
    daysAgo: 9.4,
    text: 'Mine says two days since I switched from fetching every five minutes to push. Yours?',
  },
  {
    key: 'battery-re',
    from: alice,
    to: [bob],
    subject: 'Re: How long does your battery last?',
    daysAgo: 9.3,
    text: 'A day and a half, but I read more mail than you.',
    answers: 'battery',
  },
  {
    key: 'devices',
    from: frank,
    to: [alice],
    subject: 'Ihre Lieferung ist unterwegs',
    daysAgo: 7.8,
    text: 'Die zwölf Geräte haben unser Haus heute verlassen. Sendungsnummer 0042 1187 5530.',
  },
  {
    key: 'overdue',
    from: library,
    to: [alice],
    subject: 'Please return: Through the Looking-Glass',
    daysAgo: 6.5,
    text: 'The book was due on Saturday. You can renew it for another four weeks if nobody waits for it.',
    unread: true,
  },
  {
    key: 'pilot',
    from: carol,
    to: [alice, bob],
    subject: 'First week of the pilot',
    daysAgo: 5.2,
    text: 'Eleven of twelve are happy. Goran says his phone asks for a passcode now, and wants to know whether that is us.\n\nCarol',
  },
  {
    key: 'pilot-re',
    from: alice,
    to: [carol],
    cc: [bob],
    subject: 'Re: First week of the pilot',
    daysAgo: 5.1,
    text: 'That is us: the policy asks for four digits. He may choose which.\n\nAlice',
    answers: 'pilot',
  },
  {
    key: 'pilot-re-re',
    from: carol,
    to: [alice],
    cc: [bob],
    subject: 'Re: First week of the pilot',
    daysAgo: 4.9,
    text: 'He chose 1234. I said nothing.\n\nCarol',
    answers: 'pilot-re',
  },
  {
    key: 'coffee',
    from: amelie,
    to: [alice],
    subject: 'Café fermé',
    daysAgo: 4.4,
    text: "Chère Alice,\n\nle café de la gare est fermé jusqu'à lundi. Rendez-vous à côté ?\n\nAmélie\n",
    encoded: {
      charset: 'iso-8859-1',
      base64:
        'Q2jocmUgQWxpY2UsDQoNCmxlIGNhZukgZGUgbGEgZ2FyZSBlc3QgZmVybekganVzcXUn4CBsdW5kaS4gUmVuZGV6LXZvdXMg4CBj9HTpID8NCg0KQW3pbGllDQo=',
    },
  },
  {
    key: 'walk',
    from: elena,
    to: [alice],
    subject: 'Sunday walk?',
    daysAgo: 3.6,
    text: 'Up to the mill and back, three hours, no hurry. I bring tea.\n\nE.',
  },
  {
    key: 'walk-re',
    from: alice,
    to: [elena],
    subject: 'Re: Sunday walk?',
    daysAgo: 3.5,
    text: 'Gladly. When do we start?\n\nAlice',
    answers: 'walk',
  },
  {
    key: 'walk-re-re',
    from: elena,
    to: [alice],
    cc: [bob],
    subject: 'Re: Sunday walk?',
    daysAgo: 3.4,
    text: 'At eight, when it looks like this. Bob, will you come too?\n\nE.\n\n> Gladly. When do we start?',
    html: '<html><body><p>At eight, when it looks like this. Bob, will you come too?</p><p><img src="cid:mill@adatum.example" alt="The mill in the morning" width="192" height="120"></p><p>E.</p><blockquote type="cite">Gladly. When do we start?</blockquote></body></html>',
    picture: { cid: 'mill@adatum.example', name: 'mill.png', type: 'image/png', base64: mill },
    answers: 'walk-re',
  },
  {
    key: 'walk-3',
    from: bob,
    to: [elena],
    cc: [alice],
    subject: 'Re: Sunday walk?',
    daysAgo: 3.3,
    text: 'Eight in the morning? On a Sunday?\n\nBob',
    answers: 'walk-re-re',
  },
  {
    key: 'walk-4',
    from: elena,
    to: [bob],
    cc: [alice],
    subject: 'Re: Sunday walk?',
    daysAgo: 3.2,
    text: 'There is tea.\n\nE.\n\n> Eight in the morning? On a Sunday?',
    answers: 'walk-3',
  },
  {
    key: 'walk-5',
    from: bob,
    to: [elena],
    cc: [alice],
    subject: 'Re: Sunday walk?',
    daysAgo: 3.1,
    text: 'Then I come.\n\n> There is tea.\n>> Eight in the morning? On a Sunday?',
    answers: 'walk-4',
  },
  {
    key: 'review',
    from: bob,
    to: [alice],
    subject: 'Slides for the review',
    daysAgo: 2.4,
    text: 'Could you look at page four? I am not sure about the second sentence:\n\n"Mail arrives before you ask for it."\n\nToo much?\n\nBob',
    flagged: true,
  },
  {
    key: 'review-re',
    from: alice,
    to: [bob],
    subject: 'Re: Slides for the review',
    daysAgo: 2.3,
    text: 'It is true, so it may stay.\n\nAlice',
    answers: 'review',
  },
  {
    key: 'letter-3',
    from: news,
    to: [alice],
    subject: 'The Morning Letter: the quiet hour',
    daysAgo: 1.7,
    text: 'Shops in Ghent keep a quiet hour: no music, soft light.',
    html: letter('Wednesday', 'The quiet hour:', 'shops in Ghent keep one. No music, soft light.'),
    unread: true,
  },
  {
    key: 'trip',
    from: travel,
    to: [alice],
    subject: 'Change of platform: 07:52 to Margate',
    daysAgo: 0.9,
    text: 'Your train leaves from platform 5 tomorrow.',
    unread: true,
  },
  {
    key: 'today',
    from: bob,
    to: [alice],
    subject: 'Did this reach your phone?',
    daysAgo: 0.02,
    text: 'If you read this on a phone, it works. Answer me, and I get it at once.\n\nBob',
    unread: true,
  },
]
