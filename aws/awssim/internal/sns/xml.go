package sns

import (
	"encoding/xml"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

const namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

func metadata() responseMetadata { return responseMetadata{RequestID: wire.RequestID} }

// empty is an answer without a result.
type empty struct {
	XMLName  xml.Name
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

func emptyResponse(name string) empty {
	return empty{XMLName: xml.Name{Space: namespace, Local: name}, Metadata: metadata()}
}

type createTopicResponse struct {
	XMLName xml.Name `xml:"CreateTopicResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		TopicArn string
	} `xml:"CreateTopicResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

type topicMember struct {
	TopicArn string
}

type listTopicsResponse struct {
	XMLName xml.Name `xml:"ListTopicsResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		Topics struct {
			Member []topicMember `xml:"member"`
		}
		NextToken string `xml:",omitempty"`
	} `xml:"ListTopicsResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

type attributeEntry struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

type attributesResponse struct {
	XMLName xml.Name `xml:"GetTopicAttributesResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		Attributes struct {
			Entry []attributeEntry `xml:"entry"`
		}
	} `xml:"GetTopicAttributesResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

type publishResponse struct {
	XMLName xml.Name `xml:"PublishResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		MessageID string `xml:"MessageId"`
	} `xml:"PublishResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

type subscribeResponse struct {
	XMLName xml.Name `xml:"SubscribeResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		SubscriptionArn string
	} `xml:"SubscribeResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

type confirmResponse struct {
	XMLName xml.Name `xml:"ConfirmSubscriptionResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		SubscriptionArn string
	} `xml:"ConfirmSubscriptionResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}

type subscriptionMember struct {
	SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string
}

type subscriptionsResponse struct {
	XMLName xml.Name `xml:"ListSubscriptionsByTopicResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Result  struct {
		Subscriptions struct {
			Member []subscriptionMember `xml:"member"`
		}
		NextToken string `xml:",omitempty"`
	} `xml:"ListSubscriptionsByTopicResult"`
	Metadata responseMetadata `xml:"ResponseMetadata"`
}
