# ruff: noqa: E501 (a template is one line)
r"""Rules of the story grammar, in the notation of `grammar.parse_rules`.

Twelve plots; each sentence of a plot is a rule with several wordings. What a story is about (its
variables, `story_lexicon.py`) is drawn where it is first mentioned and repeated from then on.
"""

RULES = r"""
story
  #lost# | #sharing# | #stray# | #rain# | #cake# | #skill# | #race# | #broken# | #noise# | #visit#
  #spell# | #seeds#

-- Openings: each names the hero; some name the town as well.
opening
  3* #once# there was #a_small# {hero.named}. #trait#
  2* #once# a {hero.named} lived in #a_home# in {town.name}. #trait#
  2* In the town of {town.name} there lived #a_small# {hero.called}. #trait#
  {hero.name} was #a_small# {hero.kind} who lived in {town.name}. #trait#
once
  6* Once upon a time | 2* One day | A long time ago | Not so long ago | Many years ago
  In a faraway land | In a quiet village | Far away, behind the hills | Last year
a_small
  6* a little | 3* a small | 2* a young | a shy | a brave | a clever | a kind | a cheerful | a quiet
  a curious | a gentle | a funny | a lively | a sleepy | a noisy | a polite | a careful | a dreamy
  a hungry | a lonely
a_home
  a small house | a tall house | a yellow house | a cottage | a tiny flat | a big farmhouse | a tent
  an old mill | a house with a red door | a houseboat | a tower | a cabin
trait
  {hero.He} loved #activity#. | {hero.He} liked #activity# more than anything.
  {hero.His} favorite thing was #activity#. | Every day {hero.he} dreamed of #activity#.
  {hero.He} was always #mood# and had a #adjective# smile.
  {hero.He} had #adjective# hair and #adjective# shoes.
  Everyone knew {hero.him} because {hero.he} was so #mood#.
activity
  3* playing outside | 2* reading books | singing songs | climbing trees | looking at the stars
  counting clouds | painting pictures | running in the grass | collecting stones | telling jokes
  building towers | splashing in puddles | listening to stories | feeding the birds | riding trains
  jumping on the bed | making paper boats | digging holes | chasing butterflies | baking cakes
  dancing in the kitchen | watching the rain | helping others | solving riddles | picking flowers
  playing hide and seek
mood
  3* happy | 2* kind | friendly | busy | calm | cheerful | curious | brave | patient | gentle
  merry | playful | polite | helpful | thoughtful | funny | hopeful | lively | quiet | honest
adjective
  bright | big | warm | soft | curly | long | short | lovely | golden | funny | tidy | messy | neat
  strange | pretty | plain | fancy | dusty | clean | wonderful | simple | special
sad
  3* sad | 2* upset | worried | unhappy | lonely | gloomy | tired | confused | disappointed
  nervous
glad
  4* happy | 2* glad | proud | excited | thankful | joyful | delighted | pleased | relieved
  cheerful
very
  4* very | 2* so | really | quite | terribly | a little
morning
  3* One day | 2* One morning | One sunny morning | One afternoon | One windy day | One cold day
  On Monday | On Tuesday | On Wednesday | On Thursday | On Friday | On Saturday | On Sunday
  After breakfast | After lunch | After school | Before dinner | In the spring | In the summer
  In the autumn | In the winter | On {hero.his} birthday
later
  3* Then | 2* After a while | Soon | A little later | Just then | At that moment | Suddenly
  A moment later | Before long | After a minute | In the end
said
  5* said | 2* asked | whispered | cried | shouted | answered | called | replied
said_softly
  4* said | whispered | answered | replied | murmured | promised | explained
slowly
  slowly | quickly | carefully | quietly | happily | bravely | gently | softly | proudly | shyly
walked
  3* walked | 2* went | ran | hurried | skipped | marched | wandered | raced | tiptoed | hopped

-- Endings: some look back to what was drawn at the beginning.
together
  #later# {hero.name} and {friend.name} #walked# home together.
  From that day on, {hero.name} and {friend.name} were best friends.
  {hero.name} hugged {friend.name} and they both laughed.
  "You are a good friend," {hero.name} told {friend.name}.
  "Let's play again tomorrow," said {friend.name}, and {hero.name} nodded.
  {hero.name} and {friend.name} smiled all the way home.
moral
  3* {hero.name} learned that #lesson#. | And so {hero.he} learned that #lesson#.
  That day {hero.name} understood that #lesson#. | "Remember," {hero.he} thought, "#lesson#."
  {hero.He} never forgot that #lesson#.
lesson
  sharing makes everyone happy | it is good to be kind | friends help each other
  it is best to tell the truth | practice makes things easier | being brave feels good
  small things can be important | patience is worth it | asking for help is fine
  a good deed comes back | working together is more fun | everyone makes mistakes
good_night
  That night {hero.name} slept #slowly# and dreamed of #activity#.
  {hero.name} felt #very# #glad# that evening. | It was the best day of the year for {hero.name}.
  {hero.name} went to bed with a #adjective# smile. | The end.
  And {hero.name} lived happily ever after.

-- 1. Something is lost and found.
lost
  #opening#\n#lost_gift# #lost_gone# #lost_feeling#\n#lost_help# #lost_search# #lost_found#\n#together# #lost_end#
lost_gift
  #morning# {hero.his} {grown.name} gave {hero.him} a {color.name} {thing.name}.
  #morning# {hero.he} found a {color.name} {thing.name} in {place.name}.
  {hero.He} had a {color.name} {thing.name} that {hero.his} {grown.name} had made.
  {hero.He} took a {color.name} {thing.name} everywhere, even to {place.name}.
lost_gone
  But #when_gone# the {thing.name} was gone.
  But #when_gone# {hero.he} could not find the {thing.name}.
  But #when_gone# {hero.he} lost the {thing.name} on the way.
  But #when_gone# the {thing.name} fell out of {hero.his} bag.
when_gone
  one day | the next morning | after lunch | on the way home | in the evening | a week later
  at school | after a walk | when it got dark | when {hero.he} woke up
lost_feeling
  {hero.name} was #very# #sad#. | {hero.name} sat down and cried.
  {hero.name} looked under the #furniture# and behind the #furniture#, but it was not there.
  "Where is my {thing.name}?" #said# {hero.name}.
  "Oh no, my {color.name} {thing.name}!" #said# {hero.name}.
furniture
  bed | table | chair | couch | shelf | cupboard | door | stairs | rug | desk | box | curtain | sink
  bench | stove | piano
lost_help
  {friend.name} saw that {hero.name} was #sad# and #walked# over.
  {hero.His} friend {friend.name} came by. | #later# {hero.he} met a {friend.named}.
  A {friend.named} heard {hero.him}.
lost_search
  "I will help you," #said_softly# {friend.name}.
  "Don't worry, we will find it," #said_softly# {friend.name}.
  "What does it look like?" asked {friend.name}. "It is {color.name}," #said_softly# {hero.name}.
  "When did you see it last?" asked {friend.name}. "I don't know," #said_softly# {hero.name}.
  They looked for the {color.name} {thing.name} all #day_part#.
day_part
  day | morning | afternoon | evening | weekend
lost_found
  #later# {friend.name} saw something {color.name} #where#. It was the {thing.name}!
  #later# {hero.name} looked #where#, and there was the {color.name} {thing.name}.
  They found the {thing.name} #where#.
  {friend.name} pointed #where#. "Is that your {thing.name}?" {friend.he} asked. It was!
where
  under a #bush# | behind a #bush# | next to a #bush# | inside a #bush# | on top of a #bush#
  between two stones | at the bottom of the stairs | in the tall grass | beside the road
  by the gate
bush
  bush | bench | bucket | wheelbarrow | hedge | tree | wall | boat | basket | mailbox | barrel | log
lost_end
  After that, {hero.name} kept the {thing.name} in a safe place.
  {hero.name} never lost the {color.name} {thing.name} again.
  {hero.name} let {friend.name} play with the {thing.name} too. | #moral# | #good_night#

-- 2. Sharing, with subtraction.
sharing
  #opening#\n#share_have# #share_meet# #share_ask#\n#share_give# #share_thanks# #share_left#\n#share_end#
share_have
  #morning# {hero.he} had {start.name} {food.many}.
  #morning# {hero.his} {grown.name} gave {hero.him} {start.name} {food.many}.
  #morning# {hero.he} bought {start.name} {food.many} at the market in {town.name}.
  #morning# {hero.he} picked {start.name} {food.many} and put them in a #container#.
container
  basket | bag | box | bowl | bucket | hat | jar | sack | pocket | tin
share_meet
  On the way to {place.name}, {hero.he} met {friend.name}.
  In {place.name}, {hero.he} saw {friend.name}, who looked #sad#.
  {friend.name} was sitting all alone in {place.name}.
  #later# {friend.name} came along and looked at the {food.many}.
share_ask
  "I am #very# hungry," #said_softly# {friend.name}.
  "May I have some {food.many}, please?" asked {friend.name}.
  "I have nothing to eat today," #said_softly# {friend.name}.
  "Those {food.many} smell #adjective#," #said_softly# {friend.name}.
  {friend.name} did not say a word, but {friend.his} tummy rumbled.
share_give
  "Here, take {given.name}," said {hero.name}.
  {hero.name} gave {friend.name} {given.name} of them.
  {hero.name} thought for a moment and gave {friend.him} {given.name}.
  "You can have {given.name} of my {food.many}," said {hero.name}.
share_thanks
  "Thank you, {hero.name}!" #said_softly# {friend.name}. | {friend.name} was #very# #glad#.
  {friend.name} ate #slowly# and smiled. | "You are so kind," #said_softly# {friend.name}.
  {friend.name} clapped {friend.his} hands.
share_left
  Now {hero.name} had {given.left} {food.many} left.
  {start.name_cap} take away {given.name} is {given.left}, so {hero.he} still had {given.left}.
  {hero.name} counted the rest. There were {given.left}.
  "I still have {given.left}," said {hero.name}, "and that is enough."
share_end
  {hero.He} took them home to {hero.his} #family#. #moral# | #together# #moral#
  They ate and talked until the sun went down. #good_night#
  Then {friend.name} showed {hero.him} a secret path behind {place.name}. #together#
family
  mom | dad | sister | brother | grandma | grandpa | cousins | parents | cat | neighbor

-- 3. A stray animal gets a name.
stray
  #opening#\n#stray_hear# #stray_see# #stray_state#\n#stray_care# #stray_name# #stray_ask#\n#stray_yes# #stray_end#
stray_hear
  #morning# {hero.he} heard a #adjective# sound near {place.name}.
  #morning# {hero.he} went to {place.name} to play.
  #morning# {hero.he} walked home from {place.name} in the rain.
  #morning# {hero.he} was looking for #bush_fruit# near {place.name}.
bush_fruit
  berries | mushrooms | nuts | feathers | stones | shells | leaves | flowers | worms | sticks
stray_see
  There was {animal.a} #where#. | {hero.He} saw {animal.a} #where#.
  {animal.a_cap} was hiding #where#. | #later# {animal.a} came out from #where_from#.
where_from
  a hole | the bushes | the shadows | a box | the tall grass | an old shed | a pile of leaves
  the mud
stray_state
  It was cold and #very# #sad#. | It had a hurt leg. | It was shaking and had no home.
  It looked at {hero.name} with #adjective# eyes.
  The {animal.name} was so small that it fit in {hero.his} #container#.
  The {animal.name} was hungry and #sad#.
stray_care
  {hero.name} wrapped the {animal.name} in {hero.his} #clothes#.
  {hero.name} gave the {animal.name} {food.a} and some water.
  {hero.name} #slowly# stroked the {animal.name}.
  "Don't be afraid, little {animal.name}," #said_softly# {hero.name}.
clothes
  coat | scarf | sweater | jacket | shirt | blanket | hat | apron | cape | towel
stray_name
  "I will call you {pet.name}," {hero.he} said.
  "Your name is {pet.name}," {hero.he} #said_softly#.
  {hero.He} named the {animal.name} {pet.name}.
  "Do you like the name {pet.name}?" {hero.he} asked. The {animal.name} wiggled its ears.
stray_ask
  At home, {hero.he} asked {hero.his} {grown.name}, "Can {pet.name} stay with us?"
  {hero.He} carried {pet.name} home and showed {hero.his} {grown.name}.
  {hero.His} {grown.name} looked at {pet.name} and then at {hero.name}.
  {hero.He} #walked# home with {pet.name}, and {hero.his} {grown.name} opened the door.
stray_yes
  "Yes," said {hero.his} {grown.name}, "but you must feed {pet.name} every day."
  "A {animal.name} needs care," {grown.he} said. "I will help you with {pet.name}."
  "What a #adjective# {animal.name}!" {grown.he} said. "Of course {pet.name} can stay."
  {grown.He} thought about it and smiled. "Welcome home, {pet.name}."
stray_end
  From then on, {pet.name} slept at the end of {hero.name}'s bed. #good_night#
  {pet.name} and {hero.name} played in {place.name} every day. #good_night#
  {hero.name} never felt lonely again, because {pet.name} was there. #moral#
  {pet.name} the {animal.name} grew big and strong. #moral#

-- 4. A rainy day.
rain
  #opening#\n#rain_comes# #rain_bored# #rain_idea#\n#rain_build# #rain_guest# #rain_play#\n#rain_stop# #rain_end#
rain_comes
  #morning# it #rained# all day. | #morning# dark clouds came over {town.name}, and it #rained#.
  #morning# {hero.he} wanted to go to {place.name}, but it #rained#.
  #morning# there was a storm, and it #rained# outside.
rained
  rained | poured | snowed | thundered | hailed
rain_bored
  "I am bored," #said_softly# {hero.name}. | {hero.name} pressed {hero.his} nose to the window.
  {hero.name} was #very# #sad#. | "What can I do now?" #said# {hero.name}.
  {hero.name} sat on the #furniture# and sighed.
rain_idea
  "Let's build a #building# from the {color.name} blanket," #said_softly# {hero.his} {grown.name}.
  {hero.His} {grown.name} had an idea. "We can make a #building#!"
  {hero.His} {grown.name} brought a big box. "This could be a #building#," {grown.he} said.
  "When I was small, I built a #building# on days like this," #said_softly# {hero.his} {grown.name}.
building
  castle | ship | cave | tent | rocket | train | fort | palace | spaceship | house | submarine
  cottage | circus | zoo
rain_build
  They used #number# pillows and the #furniture#.
  They took #number# chairs and a {color.name} blanket. | They worked #slowly# for #number# hours.
  {hero.name} painted #number# windows on it.
number
  two | three | four | five | six | seven | eight | nine | ten | twelve
rain_guest
  #later# {friend.name} knocked at the door with wet shoes.
  #later# {friend.name} from next door came to visit.
  {hero.name} called {friend.name}, and {friend.he} came at once.
  {friend.name} came in with a {thing.name} under {friend.his} arm.
rain_play
  {hero.name} was the #role# and {friend.name} was the #role#.
  "I am the #role#!" #said# {hero.name}. "Then I am the #role#," said {friend.name}.
  They played that they were a #role# and a #role#.
  {friend.name} wanted to be a #role#, so {hero.name} was a #role#.
role
  captain | king | queen | dragon | pirate | doctor | baker | knight | wizard | farmer | pilot
  teacher | giant | lion | clown | ghost | robot | sailor
rain_stop
  #later# the rain stopped and the sun came out. | #later# a rainbow stood over {place.name}.
  They did not notice that the sky was blue again.
  When the rain stopped, they ran out to jump in the puddles.
rain_end
  "I hope it rains again tomorrow," said {friend.name}. #good_night# | #together# #good_night#
  {hero.name} thanked {hero.his} {grown.name}. #moral#
  {hero.His} {grown.name} made #number# cups of tea. #together#

-- 5. Baking.
cake
  #opening#\n#cake_why# #cake_help# #cake_mix#\n#cake_trouble# #cake_fix# #cake_oven#\n#cake_taste# #cake_end#
cake_why
  #morning# it was {friend.name}'s birthday, and {hero.name} wanted to bake a {food.one} cake.
  #morning# {hero.he} wanted to make a {food.one} cake for {friend.name}.
  #morning# {friend.name} was sick, so {hero.name} wanted to bake a {food.one} cake for {friend.him}.
  #morning# {hero.name} and {friend.name} wanted to sell {food.one} cake in {place.name}.
cake_help
  {hero.His} {grown.name} put on an apron.
  "May I use the oven?" {hero.he} asked {hero.his} {grown.name}. "Only with me," {grown.he} said.
  {hero.His} {grown.name} read the recipe to {hero.him}.
  {hero.His} {grown.name} helped {hero.him} to weigh the flour.
cake_mix
  They mixed #number# eggs, some #ingredient# and some #ingredient#.
  First came the #ingredient#, then the #ingredient#, and then #number# eggs.
  {hero.name} put #number# spoons of #ingredient# into the {color.name} bowl.
  "We need #number# cups of #ingredient#," said {hero.name}.
ingredient
  flour | sugar | butter | milk | honey | salt | cream | cinnamon | chocolate | vanilla | oil
  yogurt | cocoa | jam
cake_trouble
  But there were no more {food.many}! | But {hero.name} dropped the #ingredient#.
  But somebody had eaten the last {food.one}.
  But the bowl slid off the #furniture#. | But a #animal_thief# ate all the {food.many}.
animal_thief
  cat | dog | goat | crow | mouse | squirrel | raccoon | parrot
cake_fix
  {hero.name} #walked# to the shop for more.
  "Never mind," said {hero.his} {grown.name}, "we will try again."
  {hero.name} wanted to cry, but {hero.he} cleaned up #slowly#.
  They asked {neighbor.name} next door for help, and {neighbor.he} had enough.
cake_oven
  The cake was in the oven for #number# minutes. | Soon the whole house smelled of {food.many}.
  {hero.name} sat in front of the oven and waited.
  The cake grew and grew until it was as big as a #furniture#.
cake_taste
  "It is #adjective#!" #said# {friend.name}. | {friend.name} ate #number# pieces.
  {friend.name} took a bite and was #very# #glad#.
  "Did you make this {food.one} cake for me?" asked {friend.name}.
cake_end
  #together# #moral# | {hero.name} gave the last piece to {hero.his} {grown.name}. #good_night#
  "Next time I will help you," #said_softly# {friend.name}. #together#
  {hero.name} wrote down the recipe for {friend.name}. #moral#

-- 6. Learning something hard.
skill
  #opening#\n#skill_want# #skill_try# #skill_fail#\n#skill_advice# #skill_practice# #skill_again#\n#skill_show# #skill_end#
skill_want
  {hero.He} wanted to learn to {skill.name}.
  #morning# {hero.he} saw {friend.name} {skill.doing}. "I want to do that too," {hero.he} said.
  #morning# {hero.his} {grown.name} asked, "Would you like to learn to {skill.name}?"
  All the other children in {town.name} could {skill.name}, but {hero.name} could not.
skill_try
  {hero.He} tried it in {place.name}. | {hero.He} tried once, and {hero.he} tried twice.
  {hero.He} tried #number# times. | {hero.He} tried #slowly#, with {hero.his} eyes closed.
skill_fail
  But it was too hard, and {hero.he} was #sad#.
  But {hero.he} fell down and hurt {hero.his} #body#. | "I will never learn it," #said# {hero.name}.
  But everything went wrong, and some children laughed.
  But {hero.his} #body# hurt, and {hero.he} gave up.
body
  knee | elbow | foot | hand | nose | back | finger | toe | arm | leg | head | thumb
skill_advice
  "Nobody is good at {skill.doing} on the first day," #said_softly# {neighbor.name}, who saw {hero.him}.
  {neighbor.name} stopped beside {hero.him}. "I needed #number# weeks to learn that," {neighbor.he} said.
  "Try it a bit every day," #said_softly# old {neighbor.name}.
  #later# {neighbor.name} gave {hero.him} {food.a}. "Eat this, and then try again," {neighbor.he} said.
skill_practice
  So {hero.name} practiced {skill.doing} every #day_name#.
  So {hero.he} practiced for #number# days.
  Every day after school, {hero.he} went to {place.name} and practiced.
  {neighbor.name} came every #day_name# and helped {hero.him}.
day_name
  morning | afternoon | evening | Monday | Tuesday | Wednesday | Thursday | Friday | Saturday
  Sunday
skill_again
  Each time it went a little better. | On the #ordinal# day, it almost worked.
  {hero.His} #body# hurt, but {hero.he} did not stop.
  #later# {hero.he} made only #number# mistakes.
ordinal
  second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth
skill_show
  At last {hero.name} could {skill.name}. "Look, {neighbor.name}!" {hero.he} called.
  In the summer, all of {town.name} saw {hero.him} {skill.doing}.
  "I can do it!" {hero.he} called. {neighbor.name} clapped {neighbor.his} hands.
  Then {hero.he} showed {neighbor.name}, and {neighbor.he} was #very# #glad#.
skill_end
  Now {hero.name} teaches other children to {skill.name}. #good_night#
  "{skill.doing_cap} is easy," {hero.he} said and laughed. #moral# | #moral# #good_night#
  And {neighbor.name} gave {hero.him} a {color.name} {thing.name} as a prize. #good_night#

-- 7. A race.
race
  #opening#\n#race_sign# #race_rival# #race_start#\n#race_lead# #race_fall# #race_help#\n#race_result# #race_end#
race_sign
  #morning# there was a #race_kind# race in {place.name}.
  #morning# the mayor of {town.name} held a #race_kind# race.
  #morning# a sign said, "Big #race_kind# race near {place.name}!"
  {hero.He} wanted to win the #race_kind# race in {place.name}.
race_kind
  running | sack | boat | sled | bicycle | potato | turtle | kite | snail | wagon | swimming | pony
  balloon | spoon
race_rival
  {friend.name} was the fastest {friend.kind} in the school. | {friend.name} wanted to win too.
  "I will win," said {friend.name}, "because I had {food.many} for breakfast."
  {hero.name} stood next to {friend.name}, who wore {color.name} shoes.
race_start
  "One, two, three, go!" #said# {neighbor.name}.
  {neighbor.name} waved a {color.name} flag, and they were off.
  {neighbor.name} blew a whistle, and the race began.
  When {neighbor.name} rang the bell, everyone started.
race_lead
  {hero.name} was #ordinal#, and {friend.name} was in front. | At first {friend.name} was far ahead.
  {hero.name} was so #glad# that {hero.he} forgot to look at the road.
  {friend.name} and {hero.name} were side by side.
race_fall
  #later# {friend.name} fell over a #obstacle#.
  #later# {friend.name} slipped on a #obstacle# and hurt {friend.his} #body#.
  #later# a #obstacle# was in the way, and {friend.name} fell down.
  Near the #obstacle#, {friend.name} stopped and held {friend.his} #body#.
obstacle
  root | stone | branch | puddle | log | fence | bucket | hole | carrot | shoe | banana | rope
  ladder | cart | barrel | bench
race_help
  {hero.name} could win now, but {hero.he} stopped. "Are you hurt?" {hero.he} asked.
  {hero.name} turned around and helped {friend.him} up. | "Take my hand," said {hero.name}.
  {hero.name} did not run on, but tied {hero.his} #clothes# around {friend.name}'s #body#.
race_result
  They crossed the line together as #ordinal# and last.
  #number_cap# other children passed them, but they did not mind.
  Everyone else was already there, but the people of {town.name} cheered for them.
  They walked the rest of the way arm in arm.
number_cap
  Two | Three | Four | Five | Six | Seven | Eight | Nine | Ten | Twelve
race_end
  {neighbor.name} gave both of them a {thing.name}. #together#
  "You are the real winner," #said_softly# {neighbor.name}. #moral#
  "Thank you for stopping," #said_softly# {friend.name}. #together#
  {neighbor.name} shook {hero.name}'s hand. #moral#

-- 8. Something breaks; the truth is told.
broken
  #opening#\n#broken_play# #broken_crash# #broken_fear#\n#broken_found# #broken_lie# #broken_truth#\n#broken_forgive# #broken_end#
broken_play
  #morning# {hero.he} played with a {color.name} {thing.name} in the house.
  #morning# {hero.he} and {friend.name} threw a {color.name} {thing.name} to each other.
  #morning# {hero.he} ran around the #furniture# with a {color.name} {thing.name}.
  #morning# {hero.he} was not allowed to play inside, but {hero.he} took the {color.name} {thing.name}.
broken_crash
  Crash! The {thing.name} hit the #adjective# {broken.name}.
  #later# the {broken.name} fell from the #furniture# and broke.
  The {thing.name} flew through the air and broke the {broken.name}.
  There was a loud noise, and the {broken.name} was in #number# pieces.
broken_fear
  {hero.name} was #very# #sad#. | {hero.name}'s heart beat fast.
  {hero.name} hid the pieces under the #furniture#. | "Oh no!" #said# {hero.name}.
  "That {broken.name} was so old," {hero.he} thought.
broken_found
  #later# {hero.his} {grown.name} came home and saw it. "Who broke my {broken.name}?" {grown.he} asked.
  In the evening, {hero.his} {grown.name} looked for the {broken.name}. "Where is it?" {grown.he} asked.
  {hero.His} {grown.name} heard the noise and came in. "What happened to the {broken.name}?" {grown.he} asked.
broken_lie
  "It was the #animal_thief#," said {hero.name}. | "It was the wind," said {hero.name}.
  {hero.name} looked at {hero.his} shoes and said nothing.
  "I don't know," said {hero.name}, and {hero.his} face turned red.
  "Maybe a #role# came in," said {hero.name}.
broken_truth
  But that felt bad. "I did it," {hero.he} #said_softly#. "I am sorry."
  But {hero.his} tummy hurt from the lie, so {hero.he} told {hero.his} {grown.name} everything.
  Then {hero.he} took a deep breath. "It was me and my {thing.name}," {hero.he} #said_softly#.
  Then {hero.he} began to cry and told the truth.
broken_forgive
  "Thank you for telling me," said {hero.his} {grown.name}.
  {hero.His} {grown.name} was quiet for a moment and then hugged {hero.him}.
  "A {broken.name} is only a thing," {grown.he} #said_softly#.
  "We can fix it together," {grown.he} said, and got the glue.
broken_end
  They glued the {broken.name} #slowly#, and it looked almost new. #moral#
  {hero.name} saved {hero.his} money and bought a {color.name} {broken.name}. #moral#
  From then on, {hero.name} took the {thing.name} outside. #good_night#
  The {broken.name} still has #number# cracks. #moral#

-- 9. A noise in the night.
noise
  #opening#\n#noise_bed# #noise_hear# #noise_guess#\n#noise_call# #noise_go# #noise_what#\n#noise_laugh# #noise_end#
noise_bed
  One night {hero.he} could not sleep.
  One night {hero.he} lay in bed and the moon was #adjective#.
  One #adjective# night {hero.he} slept at the house of {hero.his} {grown.name}.
  One night the light went out in {town.name}.
noise_hear
  {hero.He} heard a {noise.name} sound. | There was a {noise.name} sound, first soft and then loud.
  Something was {noise.name} near {hero.his} #furniture#.
  "What is that {noise.name}?" {hero.he} thought.
noise_guess
  "Is it a #role#?" {hero.he} #said_softly#.
  "It must be a #role# with #adjective# teeth," {hero.he} thought.
  {hero.He} was sure that a #role# was coming.
  {hero.He} pulled the {color.name} blanket over {hero.his} #body#.
noise_call
  {hero.He} took {hero.his} {thing.name} and #walked# to the door.
  "{grown.name_cap}!" {hero.he} called. {hero.His} {grown.name} came at once.
  {hero.He} counted to #number# and got up.
  {hero.He} woke {hero.his} {grown.name}, who was #very# sleepy.
noise_go
  #slowly_cap# {hero.he} looked around the corner.
  With a {color.name} lamp, {hero.he} #walked# down the stairs.
  Step by step, {hero.he} came closer to the {noise.name}.
  The {noise.name} grew louder and louder.
slowly_cap
  Slowly | Quickly | Carefully | Quietly | Bravely | Gently | Softly | Shyly
noise_what
  And what was it? It was only {noise.cause}! | There was no monster at all. It was {noise.cause}.
  The {noise.name} came from {noise.cause}. | {hero.He} turned on the light and saw {noise.cause}.
noise_laugh
  {hero.name} laughed out loud. | "Is that all?" {hero.he} #said_softly#.
  {hero.name} was #very# #glad#. | "You scared me," {hero.he} told {noise.cause}.
  {hero.name} felt silly and warm.
noise_end
  {hero.He} went back to bed and slept until #time#. #moral#
  In the morning {hero.he} told {friend.name} all about it. #together#
  Now {hero.he} likes the {noise.name} and cannot sleep without it. #good_night#
  {hero.He} drew a picture of {noise.cause} and hung it on the #furniture#. #moral#
time
  noon | breakfast | sunrise | lunch | six | seven | eight | nine | ten | eleven

-- 10. A visit by train, boat or balloon.
visit
  #opening#\n#visit_letter# #visit_pack# #visit_go#\n#visit_on_way# #visit_arrive# #visit_see#\n#visit_home# #visit_end#
visit_letter
  #morning# a letter came from {neighbor.name}.
  #morning# {neighbor.name} called and asked {hero.him} to come.
  #morning# {hero.he} wanted to visit {neighbor.name}, who once was {hero.his} #job#.
  {hero.name} missed old {neighbor.name}, who lived #number# miles away.
job
  teacher | doctor | neighbor | baker | nurse | coach | barber | gardener | driver | librarian
  postman
visit_pack
  {hero.He} packed a {color.name} {thing.name} and #number# {food.many}.
  {hero.He} packed #number# {food.many} and a {color.name} {thing.name} as a gift.
  {hero.He} put a {color.name} {thing.name} into {hero.his} #container#.
  "I will bring a {color.name} {thing.name}," {hero.he} thought.
visit_go
  {hero.He} went by #vehicle#. | {hero.He} took the #vehicle# from {place.name}.
  {hero.His} {grown.name} brought {hero.him} there by #vehicle#.
  The #vehicle# was #number# minutes late.
vehicle
  bus | train | boat | car | balloon | sled | wagon | tram | ferry | taxi | bicycle | tractor
  plane | ship
visit_on_way
  On the way {hero.he} saw #number# #seen# and #number# #seen#.
  On the way {hero.he} met {friend.name}, who was #very# #glad# to see {hero.him}.
  Outside the window there were #number# #seen#. | {hero.He} ate and looked at the #seen# outside.
seen
  cows | sheep | bridges | boats | horses | windmills | clouds | tunnels | castles | swans | trucks
  towers | rabbits | hills
visit_arrive
  {neighbor.name} was waiting with open arms.
  {neighbor.name} lived in #a_home#, and {neighbor.he} was #very# #glad#.
  "How big you are now!" #said# {neighbor.name}.
  At the door, {neighbor.name} wore a #adjective# #clothes#.
visit_see
  {hero.name} gave {neighbor.him} the {thing.name}. "It is {color.name}, like my door!" {neighbor.he} said.
  "This {color.name} {thing.name} is for you," said {hero.name}.
  {neighbor.name} put the {color.name} {thing.name} on the #furniture#.
  {neighbor.name} had never seen such a {color.name} {thing.name}.
visit_home
  They talked until #time#. | They played cards, and {neighbor.name} won #number# times.
  {neighbor.name} told {hero.him} about the time when {neighbor.he} was a #role#.
  Then {neighbor.name} made soup with #number# #vegetable#.
vegetable
  carrots | onions | potatoes | beans | peas | mushrooms | radishes | leeks | tomatoes | turnips
visit_end
  "Come back soon, {hero.name}," {neighbor.he} said. #good_night#
  {hero.name} waved until {neighbor.name} was only a dot. #good_night#
  The next week {neighbor.name} came to see {hero.name}. #moral#
  When {hero.he} was home, {hero.he} told {hero.his} #family# all about {neighbor.name}. #moral#

-- 11. A magic word that must be remembered.
spell
  #opening#\n#spell_meet# #spell_word# #spell_warn#\n#spell_try# #spell_happens# #spell_too_much#\n#spell_stop# #spell_end#
spell_meet
  #morning# {hero.he} met a #magician# in {place.name}.
  #morning# {hero.he} found an old book #where#.
  #morning# {hero.he} helped a #magician# to carry a #container#.
  #morning# a #magician# knocked at the door.
magician
  wizard | witch | fairy | dwarf | giant | ghost | gnome | mermaid | talking frog | talking owl
  magician | troll | unicorn | dragon
spell_word
  There {hero.he} learned the magic word {spell.name}.
  "Say {spell.name}, and you get {food.many}," a voice said.
  The magic word was {spell.name}, and it made {food.many}.
  "Only the word {spell.name} will open the way," a voice said.
spell_warn
  "But never say it #number# times." | "But do not say it on a #day_name#."
  "Say {spell.name} again to make it stop." | "Do not tell it to anyone."
  "And keep it secret from every #role#."
spell_try
  At home {hero.name} showed it to {friend.name}. "{spell.name}!" {hero.he} said.
  "{spell.name}, {spell.name}!" #said# {hero.name}.
  {hero.name} closed {hero.his} eyes and said, "{spell.name}."
  #later# {hero.he} could not wait and whispered, "{spell.name}."
spell_happens
  Pop! There was {food.a} on the #furniture#. | Pop! {hero.His} #clothes# turned {color.name}.
  With a bang, #number# {food.many} fell from the sky. | The #furniture# began to dance.
  A {color.name} {thing.name} came out of {hero.his} #container#.
spell_too_much
  Then came more and more {food.many}, up to {hero.his} #body#.
  Soon all of {town.name} was full of {food.many}.
  {hero.name} laughed at first, but it did not stop.
  Then #number# #seen# came in through the door.
spell_stop
  "What was the word?" {hero.he} cried. "It was {spell.name}!" And all was quiet.
  {hero.He} shouted {spell.name} #number# times, and it was over.
  {hero.His} {grown.name} came in. "Did you say {spell.name}?" {grown.he} asked, and it stopped.
  At last {hero.he} remembered. "{spell.name}!" It stopped at once.
spell_end
  {hero.name} never said {spell.name} again. #good_night#
  They ate {food.many} for #number# weeks. #good_night#
  {hero.name} wrote {spell.name} on a piece of paper and locked it away. #moral#
  If you go to {town.name}, do not say {spell.name}. #good_night#

-- 12. Seeds, counted.
seeds
  #opening#\n#seeds_get# #seeds_plant# #seeds_wait#\n#seeds_worry# #seeds_advice# #seeds_grow#\n#seeds_count# #seeds_end#
seeds_get
  #morning# {neighbor.name} gave {hero.him} {start.name} {plant.one} seeds.
  #morning# {hero.he} got {start.name} {plant.one} seeds from {neighbor.name}.
  #morning# {hero.he} found {start.name} {plant.one} seeds in a #container# that {neighbor.name} had left.
  #morning# {hero.he} bought {start.name} {plant.one} seeds from {neighbor.name}.
seeds_plant
  {hero.He} planted them behind {hero.his} house in {town.name}.
  {hero.He} put them into the ground near {place.name}.
  {hero.He} put all {start.name} into a {color.name} pot.
  With {hero.his} {grown.name}, {hero.he} dug {start.name} holes.
seeds_wait
  Every #day_name# {hero.he} gave them water. | {hero.He} waited for #number# days.
  {hero.He} sang to them every #day_name#. | {hero.He} looked at them #number# times a day.
seeds_worry
  But nothing happened. | But it did not rain for #number# weeks.
  But a #animal_thief# ate {given.name} of the seeds.
  But the wind was cold, and {hero.name} was #sad#.
seeds_advice
  "You must be patient," #said_softly# {neighbor.name}.
  "Talk to your {plant.many}," #said_softly# {neighbor.name}.
  {neighbor.name} showed {hero.him} how to care for {plant.many}.
  "My {plant.many} needed #number# weeks," #said_softly# {neighbor.name}.
seeds_grow
  #later# a #adjective# green leaf came out. | One morning, there were {plant.many}!
  When the sun came back, the {plant.many} grew as high as a #furniture#.
  Then it rained, and everything turned green.
seeds_count
  Only {given.left} of the {start.name} came up, and {given.name} never did.
  {hero.name} gave {given.name} {plant.many} to {friend.name} and kept {given.left} of {start.name}.
  Of {start.name} {plant.many}, {given.name} turned {color.name} and {given.left} stayed white.
  "I sold {given.name}, so {given.left} of {start.name} are left," said {hero.name}.
seeds_end
  {hero.name} brought one to {neighbor.name}, who was #very# #glad#. #moral#
  All of {town.name} came to see the {plant.many}. #good_night#
  "{plant.many_cap} are my favorite now," #said_softly# {hero.name}. #good_night#
  {neighbor.name} said that they were the best {plant.many} in {town.name}. #moral#
"""
